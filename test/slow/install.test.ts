/**
 * `npm ci` and `npm start` of README's "Start" with the Node and npm that people have: as a user without rights, in a path with
 * spaces and Chinese. Needs the npm registry, and for Debian's own programs root and Debian's packages.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  accessSync,
  chmodSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest'
import pinned from '../../bin/pinned-node.json' with { type: 'json' }

const root = join(import.meta.dirname, '../..')
const isRoot = process.getuid?.() === 0
/** Debian's `nobody`. */
const nobody = 65534
const nodePackage = new Map(Object.entries(pinned.packages)).get(`${process.platform}-${process.arch}`)?.name ?? ''

/** What most people have, and the newest. Node 18 and npm 9 are Debian's own, below. */
const pairs = [
  ['22.23.3', '10.9.9'],
  ['26.10.0', '11.12.1'],
] as const

let folder = ''
let registry: Record<string, string> = {}

beforeAll(() => {
  // Another user installs in a folder of it.
  if (isRoot) chmodSync(tmpdir(), statSync(tmpdir()).mode | 0o011)
  folder = mkdtempSync(join(tmpdir(), 'teahouse-install-'))
  registry = registrySettings()
  for (const name of ['cache', 'home']) mkdirSync(join(folder, name))
  for (const node of new Set(pairs.map(([node]) => node))) unpack(`${nodePackage}@${node}`)
  for (const npm of new Set(pairs.map(([, npm]) => npm))) unpack(`npm@${npm}`)
  giveAway(folder)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** The npm settings of this machine, for the other npm versions, which read other files. */
function registrySettings(): Record<string, string> {
  const settings: Record<string, string> = {}
  for (const name of ['registry', 'cafile', 'proxy', 'https-proxy']) {
    const value = execFileSync('npm', ['config', 'get', name], { cwd: tmpdir(), encoding: 'utf8' }).trim()
    if (value !== 'null' && value !== 'undefined') settings[`npm_config_${name.replace('-', '_')}`] = value
  }
  return settings
}

function unpack(spec: string): void {
  const target = join(folder, spec)
  mkdirSync(target)
  try {
    const said = execFileSync('npm', ['pack', '--silent', spec], { cwd: target, encoding: 'utf8' })
    execFileSync('tar', ['-xzf', said.trim(), '--strip-components=1'], { cwd: target })
  } catch (error) {
    throw new Error(`${spec} cannot be had: this test needs the npm registry.`, { cause: error })
  }
}

function giveAway(path: string): void {
  if (isRoot) execFileSync('chown', ['-R', `${nobody}:${nobody}`, path])
}

/** The current content of the files in git. */
function copyProgram(target: string): void {
  const files = execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8' }).split('\0').filter(Boolean)
  for (const file of files) {
    mkdirSync(dirname(join(target, file)), { recursive: true })
    cpSync(join(root, file), join(target, file))
  }
  giveAway(target)
}

/** A folder whose `node` and `npm` are these. */
function programs(node: string, npm: string): string {
  const bin = join(folder, `bin-${node}-${npm}`)
  mkdirSync(bin)
  symlinkSync(join(folder, `${nodePackage}@${node}`, 'bin/node'), join(bin, 'node'))
  const cli = join(folder, `npm@${npm}`, 'bin/npm-cli.js')
  writeFileSync(join(bin, 'npm'), `#!/bin/sh\nexec "${bin}/node" "${cli}" "$@"\n`, { mode: 0o755 })
  return bin
}

class Command {
  readonly child: ChildProcess
  stdout = ''
  stderr = ''

  constructor(t: TestContext, child: ChildProcess) {
    this.child = child
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text
    })
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text
    })
    t.onTestFinished(() => {
      try {
        process.kill(-(child.pid as number), 'SIGKILL')
      } catch {
        // gone already, with all that it started
      }
    })
  }

  async ended(): Promise<number | null> {
    const [code] = await once(this.child, 'close')
    return code
  }

  async url(): Promise<string> {
    const ended = once(this.child, 'close').then(() =>
      Promise.reject(new Error(`It ended: ${this.stdout}${this.stderr}`)),
    )
    ended.catch(() => {})
    for (;;) {
      const url = /^become the owner of this teahouse: (http:\/\/[^/\s]+)\/link\/\S+\n/m.exec(this.stdout)?.[1]
      if (url) return url
      await Promise.race([once(this.child.stdout as NonNullable<ChildProcess['stdout']>, 'data'), ended])
    }
  }
}

type Run = (words: string[]) => Command

async function installAndStart(run: Run): Promise<void> {
  const ci = run(['npm', 'ci'])
  expect(await ci.ended(), ci.stderr).toBe(0)
  expect(`${ci.stdout}${ci.stderr}`.trim(), 'one line').toMatch(/^added \d+ packages[^\n]*$/)

  const start = run(['npm', 'start'])
  const url = await start.url()
  expect((await fetch(`${url}/healthz`)).status).toBe(200)
  start.child.kill('SIGTERM')
  expect(await start.ended(), start.stderr).toBe(0)
  const lines = start.stdout.split('\n').filter(Boolean)
  expect(lines).toEqual([
    expect.stringMatching(/^> teahouse@\S+ start$/),
    expect.stringMatching(/^> sh bin\/node /),
    expect.stringMatching(/^built the page in \d+ ms$/),
    `listening on ${url}`,
    expect.stringMatching(/^become the owner of this teahouse: /),
  ])
  // The log is JSON lines. Besides, at most one line says what npm left out.
  const others = start.stderr.split('\n').filter((line) => line && !line.startsWith('{'))
  expect(others.length, start.stderr).toBeLessThanOrEqual(1)
  for (const line of others) expect(line).toMatch(/^npm left out \S+@[^\n]+: fetching (it|them)\.$/)
}

describe.runIf(nodePackage).concurrent('npm ci && npm start', () => {
  it.for(pairs)('work with Node %s and npm %s (operation 1)', async ([node, npm], t) => {
    const program = join(folder, `${node} ${npm} 茶 馆`)
    copyProgram(program)
    const PATH = [programs(node, npm), '/usr/bin', '/bin'].join(':')
    const env = { ...registry, ...certificates(), PATH, HOME: join(folder, 'home'), PORT: '0' }
    await installAndStart(([file = '', ...words]) => {
      const user = isRoot ? { uid: nobody, gid: nobody } : {}
      const child = spawn(file, words, {
        cwd: program,
        env: { ...env, npm_config_cache: join(folder, 'cache') },
        stdio: ['ignore', 'pipe', 'pipe'],
        detached: true,
        ...user,
      })
      return new Command(t, child)
    })
    rmSync(program, { recursive: true })
  })

  it.runIf(isRoot && has('/usr/bin/apt-get'))("work with Debian's own nodejs and npm (operation 1)", async (t) => {
    const system = unpackDebian()
    const program = join(system, 'tmp/茶 馆')
    copyProgram(program)
    const { npm_config_cafile: cafile } = registry
    if (cafile) copyFileSync(cafile, join(system, 'tmp/authorities.pem'))
    const settings = {
      ...registry,
      ...(cafile && { npm_config_cafile: '/tmp/authorities.pem' }),
      PORT: '0',
      HOME: '/tmp',
    }
    const script = `mount --bind /dev "$0/dev" && mount -t proc proc "$0/proc" && cd "$0" &&
      exec chroot --userspec=${nobody}:${nobody} "$0" /bin/sh -c 'cd "/tmp/茶 馆" && exec "$@"' sh "$@"`
    await installAndStart((words) => {
      const env = { ...settings, PATH: '/usr/bin:/bin:/usr/sbin:/sbin' }
      const child = spawn('unshare', ['-m', 'sh', '-c', script, system, ...words], {
        env,
        stdio: ['ignore', 'pipe', 'pipe'],
        detached: true,
      })
      return new Command(t, child)
    })
  })
})

function certificates(): Record<string, string> {
  const { NODE_EXTRA_CA_CERTS: file } = process.env
  return file ? { NODE_EXTRA_CA_CERTS: file } : {}
}

function has(path: string): boolean {
  try {
    accessSync(path)
    return true
  } catch {
    return false
  }
}

/** The packages and all that they need, in a folder: nothing of this machine is changed. */
function unpackDebian(): string {
  const apt = join(folder, 'apt')
  const system = join(folder, 'debian')
  for (const path of ['lists/partial', 'archives/partial']) mkdirSync(join(apt, path), { recursive: true })
  writeFileSync(join(apt, 'status'), '')
  const options = [`State::status=${apt}/status`, `State::lists=${apt}/lists`, `Cache::archives=${apt}/archives`]
  const aptGet = (...words: string[]) =>
    execFileSync(
      'apt-get',
      ['-q', ...options.flatMap((one) => ['-o', `Dir::${one}`]), '-o', 'APT::Sandbox::User=root', ...words],
      {
        stdio: ['ignore', 'ignore', 'pipe'],
      },
    )
  aptGet('update')
  aptGet(
    'install',
    '-y',
    '--download-only',
    '--no-install-recommends',
    'nodejs',
    'npm',
    'libatomic1',
    'dash',
    'coreutils',
    'tar',
    'gzip',
  )
  for (const path of ['dev', 'proc', 'tmp']) mkdirSync(join(system, path), { recursive: true })
  for (const file of readdirSync(join(apt, 'archives')).filter((name) => name.endsWith('.deb'))) {
    execFileSync('sh', ['-c', 'dpkg-deb --fsys-tarfile "$0" | tar -x -C "$1"', join(apt, 'archives', file), system])
  }
  chmodSync(join(system, 'tmp'), 0o1777)
  for (const file of ['resolv.conf', 'hosts'])
    if (has(`/etc/${file}`)) copyFileSync(`/etc/${file}`, join(system, 'etc', file))
  return system
}
