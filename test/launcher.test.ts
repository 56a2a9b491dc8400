/** `bin/node`: which Node runs the program, what it checks before, and what it does when something is missing. */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import { type Cleanup, temporaryFolder } from './support/server/server.ts'

const root = join(import.meta.dirname, '..')
const require = createRequire(import.meta.url)
const pinned = JSON.parse(readFileSync(join(root, 'bin/pinned-node.json'), 'utf8'))
const own = pinned.packages[`${process.platform}-${process.arch}`]
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

/** A program in a path with spaces and Chinese, with the launcher and nothing else. */
function programFolder(t: Cleanup): string {
  const folder = join(temporaryFolder(t), '我的 茶馆')
  cpSync(join(root, 'bin'), join(folder, 'bin'), { recursive: true })
  mkdirSync(join(folder, 'node_modules'))
  return folder
}

/** A folder for the PATH whose `node` says that it is of this version, and does what ours does. */
function nodeOfVersion(t: Cleanup, version: string): string {
  const folder = temporaryFolder(t)
  const preload = join(folder, 'version.cjs')
  writeFileSync(
    preload,
    `Object.defineProperty(process, 'version', { value: 'v${version}' })
     process.execPath = ${JSON.stringify(join(folder, 'node'))}`,
  )
  writeFileSync(
    join(folder, 'node'),
    `#!/bin/sh\nif [ "$1" = --version ]; then echo v${version}; exit; fi\nexec "${process.execPath}" --require "${preload}" "$@"\n`,
    { mode: 0o755 },
  )
  return folder
}

function start(folder: string, words: string[], path: string[], env: Record<string, string> = {}) {
  const PATH = [...path, '/usr/bin', '/bin'].join(':')
  return spawn('sh', [join(folder, 'bin/node'), ...words], { env: { PATH, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
}

async function run(folder: string, words: string[], path: string[], env: Record<string, string> = {}) {
  const child = start(folder, words, path, env)
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  return { code, stdout: stdout.trimEnd(), stderr }
}

/** Puts a program in the place of the pinned package, and its SHA-256 in the list if it is to be trusted. */
function pinnedProgram(folder: string, source: string, isListed: boolean): void {
  const path = join(folder, 'node_modules', own.name, 'bin/node')
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, source)
  chmodSync(path, 0o755)
  if (!isListed) return
  const list = structuredClone(pinned)
  list.packages[`${process.platform}-${process.arch}`].sha256 = createHash('sha256').update(source).digest('hex')
  writeFileSync(join(folder, 'bin/pinned-node.json'), JSON.stringify(list))
}

describe('Node for the program', () => {
  const pinnedSource = '#!/bin/sh\necho pinned\n'

  it('is the operator’s own if it is new enough (SECURITY-REVIEW 25)', async (t) => {
    const folder = programFolder(t)
    pinnedProgram(folder, pinnedSource, true)
    const { stdout } = await run(folder, ['-p', 'process.execPath'], [dirname(process.execPath)])
    expect(stdout).toBe(process.execPath)
  })
  it('is a newer one after an old one on the PATH (SECURITY-REVIEW 25)', async (t) => {
    const folder = programFolder(t)
    pinnedProgram(folder, pinnedSource, true)
    const path = [nodeOfVersion(t, '18.20.4'), dirname(process.execPath)]
    expect((await run(folder, ['-p', 'process.version'], path)).stdout).toBe(process.version)
  })
  it('is the pinned one where the system has only an older one (operation 1)', async (t) => {
    const folder = programFolder(t)
    pinnedProgram(folder, pinnedSource, true)
    const { code, stdout, stderr } = await run(folder, ['file.ts'], [nodeOfVersion(t, '25.9.0')])
    expect([code, stdout, stderr]).toEqual([0, 'pinned', ''])
  })
  it('is never a binary that is not in the list (SECURITY-REVIEW 25)', async (t) => {
    const folder = programFolder(t)
    const ran = join(folder, 'ran')
    pinnedProgram(folder, `#!/bin/sh\n: > "${ran}"\n`, false)
    const { code, stdout, stderr } = await run(folder, ['file.ts'], [nodeOfVersion(t, '18.20.4')])
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).toMatch(/^[^\n]+ is not the Node [\d.]+ whose SHA-256 is in bin\/pinned-node\.json[^\n]+\n$/)
    expect(() => readFileSync(ran)).toThrow()
    pinnedProgram(folder, `#!/bin/sh\n: > "${ran}"\n`, true)
    await run(folder, ['file.ts'], [nodeOfVersion(t, '18.20.4')])
    expect(readFileSync(ran, 'utf8'), 'must run when it is listed for this test to mean anything').toBe('')
  })
  it('is not the one that npm links into node_modules/.bin and puts first on the PATH (SECURITY-REVIEW 25)', async (t) => {
    const folder = programFolder(t)
    const bin = join(folder, 'node_modules/.bin')
    mkdirSync(bin)
    writeFileSync(join(bin, 'node'), '#!/bin/sh\necho unchecked\n', { mode: 0o755 })
    const { stdout } = await run(folder, ['-p', '"own"'], [bin, dirname(process.execPath)])
    expect(stdout).toBe('own')
  })
  it('that does not start is reported with its reason (operation 1)', async (t) => {
    const folder = programFolder(t)
    pinnedProgram(folder, '#!/bin/sh\necho "libatomic.so.1: cannot open shared object file" >&2; exit 127\n', true)
    const { code, stderr } = await run(folder, ['file.ts'], [nodeOfVersion(t, '18.20.4')])
    expect([code, stderr]).toEqual([1, expect.stringMatching(/^Node [^\n]+apt-get install libatomic1\)\.\n$/)])
  })
  it('is requested in one line where there is no Node at all (operation 1)', async (t) => {
    const folder = programFolder(t)
    const bin = temporaryFolder(t)
    for (const name of ['sh', 'dirname']) symlinkSync(`/bin/${name}`, join(bin, name))
    const child = spawn('/bin/sh', [join(folder, 'bin/node')], {
      env: { PATH: bin },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const [stderr, [code]] = await Promise.all([text(child.stderr), once(child, 'close')])
    expect([code, stderr]).toEqual([127, 'Teahouse needs Node 26 or newer. There is no node on the PATH.\n'])
  })
})

describe('program started by the launcher', () => {
  it.for([0, 1, 7])('ends with its own exit code: %i (operation 1)', async (code, t) => {
    const folder = programFolder(t)
    expect((await run(folder, ['-e', `process.exit(${code})`], [dirname(process.execPath)])).code).toBe(code)
  })
  it.for(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('receives %s directly and once (operation 1)', async (signal, t) => {
    const folder = programFolder(t)
    const program = `process.on('${signal}', () => { console.log('heard'); process.exitCode = 3; clearInterval(i) })
      const i = setInterval(() => {}, 1000); console.log(process.pid)`
    const child = start(folder, ['-e', program], [nodeOfVersion(t, '18.20.4'), dirname(process.execPath)])
    const [first] = await once(child.stdout, 'data')
    expect(Number(String(first)), 'no process stands between').toBe(child.pid)
    child.kill(signal)
    const [rest, [code]] = await Promise.all([text(child.stdout), once(child, 'close')])
    expect([rest, code]).toEqual(['heard\n', 3])
  })
})

describe('list of pinned binaries', () => {
  it('has exactly the packages and the version that package.json pins (SECURITY-REVIEW 25)', () => {
    const packages: { name: string; sha256: string }[] = Object.values(pinned.packages)
    expect(Object.fromEntries(packages.map(({ name }) => [name, pinned.version]))).toEqual(
      manifest.optionalDependencies,
    )
    for (const { sha256 } of packages) expect(sha256).toMatch(/^[\da-f]{64}$/)
  })
  it.runIf(own)("has the SHA-256 of this machine's package (SECURITY-REVIEW 25)", () => {
    const binary = readFileSync(join(root, 'node_modules', own.name, 'bin/node'))
    expect(createHash('sha256').update(binary).digest('hex')).toBe(own.sha256)
  })
  it('contains no registry, like the lockfile (operation 1)', () => {
    expect(readFileSync(join(root, 'package-lock.json'), 'utf8')).not.toMatch(
      /"resolved"|https?:\/\/(?!\S*fund|\S*sponsor)\S*\.tgz/,
    )
  })
})

describe('packages that npm left out on this machine', () => {
  const { addPackages, missingPackages } = require('../bin/platform-packages.cjs')
  const linux = { os: 'linux', cpu: 'x64', libc: 'glibc' }

  function folderWith(t: Cleanup, packages: Record<string, object>, installed: string[]): string {
    const folder = temporaryFolder(t)
    writeFileSync(join(folder, 'package-lock.json'), JSON.stringify({ packages }))
    for (const path of installed) {
      mkdirSync(join(folder, path), { recursive: true })
      writeFileSync(join(folder, path, 'package.json'), '{}')
    }
    return folder
  }

  const native = (os: string, libc?: string) => ({
    version: '1.2.3',
    os: [os],
    cpu: ['x64'],
    ...(libc && { libc: [libc] }),
  })
  const packages = {
    '': {},
    'node_modules/bundler': {
      optionalDependencies: { '@b/gnu': '1.2.3', '@b/musl': '1.2.3', '@b/darwin': '1.2.3', any: '1' },
    },
    'node_modules/@b/gnu': native('linux', 'glibc'),
    'node_modules/@b/musl': native('linux', 'musl'),
    'node_modules/@b/darwin': native('darwin'),
    'node_modules/any': { version: '1.0.0' },
  }

  it('are those that fit it, and no others (operation 1)', (t) => {
    const folder = folderWith(t, packages, ['node_modules/bundler'])
    expect(missingPackages(folder, linux)).toEqual(['node_modules/@b/gnu'])
    expect(missingPackages(folder, { os: 'linux', cpu: 'x64', libc: 'musl' })).toEqual(['node_modules/@b/musl'])
    expect(missingPackages(folder, { os: 'darwin', cpu: 'x64' })).toEqual(['node_modules/@b/darwin'])
    expect(missingPackages(folder, { os: 'linux', cpu: 'arm64', libc: 'glibc' })).toEqual([])
  })
  it('are none when they are present, or when the packages that need them are not (operation 1)', (t) => {
    expect(missingPackages(folderWith(t, packages, []), linux)).toEqual([])
    const both = ['node_modules/bundler', 'node_modules/@b/gnu']
    expect(missingPackages(folderWith(t, packages, both), linux)).toEqual([])
  })
  it('are not needed in this folder (operation 1)', () => {
    expect(missingPackages(root)).toEqual([])
  })
  it('are not unpacked when their content differs from the lockfile (operation 1)', (t) => {
    const folder = folderWith(t, packages, ['node_modules/bundler'])
    const npm = join(folder, 'npm-cli.js')
    writeFileSync(npm, `require('fs').writeFileSync('x.tgz', 'not it'); console.log('x.tgz')`)
    const before = process.env.npm_execpath
    process.env.npm_execpath = npm
    t.onTestFinished(() => {
      if (before === undefined) delete process.env.npm_execpath
      else process.env.npm_execpath = before
    })
    expect(() => addPackages(folder, ['node_modules/@b/gnu'])).toThrow(
      /^@b\/gnu@1\.2\.3 is missing and cannot be fetched: its content is not what/,
    )
    expect(missingPackages(folder, linux)).toEqual(['node_modules/@b/gnu'])
  })
})
