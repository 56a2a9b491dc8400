/** What docs/deploy.md tells the operator to use: the units, the backup, the echo test, the fail2ban filter. */
import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it } from 'vitest'
import { createLog } from '../src/server/log.ts'
import { append, begun, tusHeaders, uploaded } from './support/clients/uploads.ts'
import { sqlite3, systemdAnalyze } from './support/run/tools.ts'
import { root, run } from './support/server/program.ts'
import { type Cleanup, startServer, temporaryFolder } from './support/server/server.ts'

const read = (path: string) => readFileSync(join(root, path), 'utf8')

describe('systemd unit', () => {
  it('restarts the server without a limit (operation 3)', () => {
    const unit = read('systemd/teahouse.service')
    expect(unit).toMatch(/^Restart=always$/m)
    expect(unit).toMatch(/^StartLimitIntervalSec=0$/m)
    // In its section: in the other one systemd ignores it, with a warning that nobody reads.
    expect(unit.indexOf('StartLimitIntervalSec')).toBeLessThan(unit.indexOf('[Service]'))
    expect(unit).toMatch(/^UMask=0077$/m)
  })
  it('is valid, as are those of the backup (operation 3)', (t) => {
    const folder = temporaryFolder(t)
    // A path without the spaces that this checkout may have in its own.
    const program = join(folder, 'program')
    symlinkSync(root, program)
    const files = ['teahouse.service', 'teahouse-backup.service', 'teahouse-backup.timer']
    for (const file of files) {
      const text = read(`systemd/${file}`).replaceAll('/srv/teahouse', program).replace('User=teahouse', 'User=root')
      writeFileSync(join(folder, file), text)
    }
    const paths = files.map((file) => join(folder, file))
    const { status, stdout, stderr } = spawnSync(systemdAnalyze(), ['verify', ...paths], { encoding: 'utf8' })
    expect([status, stdout, stderr]).toEqual([0, '', ''])
  })
})

describe('image of a container', () => {
  /** The paths that a stage takes from the one before it. */
  const copied = [...read('Containerfile').matchAll(/^COPY --from=build \/app\/(\S+) (\S+)$/gm)]

  it('has all files that the server needs to answer, and writes only in its data folder', async (t) => {
    expect(copied.length).toBeGreaterThan(5)
    const [image, DATA_DIR] = [temporaryFolder(t), temporaryFolder(t)]
    for (const [, from = '', to = ''] of copied) {
      const target = join(image, to.endsWith('/') ? join(to, basename(from)) : to)
      if (from === 'node_modules') symlinkSync(join(root, from), target)
      else cpSync(join(root, from), target, { recursive: true })
    }
    const filesIn = (folder: string) =>
      readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => !path.startsWith('node_modules/'))
    const before = filesIn(image).sort()
    const program = run(
      t,
      { PORT: '0', DATA_DIR },
      {
        command: [process.execPath, join(image, 'src/server/main.ts')],
        cwd: image,
      },
    )
    const url = await program.url()
    const signIn = await fetch(`${url}/signin`)
    const [script = ''] = /\/static\/dist\/assets\/[^"]+\.js/.exec(await signIn.text()) ?? []
    for (const path of ['/signin', script, '/docs', '/docs/openapi.json', '/static/images/icon-192.png', '/healthz'])
      expect([path, (await fetch(url + path)).status]).toEqual([path, 200])
    expect(filesIn(image).sort()).toEqual(before)
  })
  it('runs the Node that the program needs, as a user without rights', () => {
    const text = read('Containerfile')
    const [, major = ''] = /"node": ">=(\d+)"/.exec(read('package.json')) ?? []
    expect([...text.matchAll(/^FROM node:(\d+)/gm)].map(([, version]) => version)).toEqual([major, major])
    expect(text.indexOf('USER node')).toBeGreaterThan(text.lastIndexOf('RUN'))
    expect(read('.containerignore').split('\n')).toEqual(expect.arrayContaining(['.env', 'data', 'node_modules']))
  })
})

describe('backup', () => {
  const backUp = (dataDir: string, folder: string, umask = '022') =>
    execFileSync('sh', ['-c', `umask ${umask}; sh systemd/backup.sh`], {
      cwd: root,
      env: {
        PATH: `${dirname(sqlite3())}:${process.env.PATH ?? ''}`,
        DATA_DIR: dataDir,
        BACKUP_DIR: folder,
        KEEP_DAYS: '14',
      },
    })

  it('is readable by its owner only, contains what was acknowledged, and deletes old backups (operation 3)', async (t) => {
    const server = await startServer(t)
    const chat = await (await server.signIn('Anna')).connect()
    await chat.open('lobby')
    await chat.say('lobby', 'hello')
    const folder = join(temporaryFolder(t), 'new/backups')
    mkdirSync(folder, { recursive: true })
    const days = { 'teahouse-2026-01-01.db': 16, 'teahouse-2026-01-15.db': 13, 'notes.txt': 100 }
    for (const [name, age] of Object.entries(days)) {
      writeFileSync(join(folder, name), '')
      const at = Date.now() / 1000 - age * 24 * 60 * 60
      utimesSync(join(folder, name), at, at)
    }
    backUp(server.dataDir, folder)
    const [made = '', ...kept] = readdirSync(folder)
      .filter((name) => name.endsWith('.db'))
      .sort()
      .reverse()
    expect(kept).toEqual(['teahouse-2026-01-15.db'])
    expect(readdirSync(folder)).toContain('notes.txt')
    expect(statSync(join(folder, made)).mode & 0o777).toBe(0o600)
    const copy = new DatabaseSync(join(folder, made), { readOnly: true })
    t.onTestFinished(() => copy.close())
    expect(copy.prepare('select data from entries').all()).toEqual([{ data: 'hello' }])
    expect(copy.prepare('pragma integrity_check').get()).toEqual({ integrity_check: 'ok' })
  })
  it('has the bytes of every file of the copied database, and drops those that no copy needs', async (t) => {
    const server = await startServer(t, { RATE_LIMITS: 'off', MIN_FREE_BYTES: '0' })
    const by = { cookie: (await server.signIn('Anna')).cookie }
    const folder = temporaryFolder(t)
    const bytesOf = (database: string) => {
      const copy = new DatabaseSync(join(folder, database), { readOnly: true })
      const hashes = copy.prepare('select hash from files where hash is not null').all() as { hash: string }[]
      copy.close()
      return hashes.map(({ hash }) => {
        const bytes = readFileSync(join(folder, 'files', hash.slice(0, 2), hash))
        expect(createHash('sha256').update(bytes).digest('hex')).toBe(hash)
        return String(bytes)
      })
    }
    const copied = () =>
      readdirSync(join(folder, 'files'), { recursive: true, encoding: 'utf8' }).filter((name) => name.length > 2)
    const first = await begun(server, by, { bytes: 'green tea' })
    await append(server, by, first, 0, 'green tea')
    await append(server, by, await begun(server, by, { bytes: 'black tea' }), 0, 'black')
    // As a server leaves it that was killed.
    writeFileSync(join(server.dataDir, 'files', `.${'0'.repeat(64)}.ab`), 'unfinished')
    backUp(server.dataDir, folder)
    const [made = ''] = readdirSync(folder).filter((name) => name.endsWith('.db'))
    expect(bytesOf(made)).toEqual(['green tea'])
    expect(copied()).toHaveLength(1)

    renameSync(join(folder, made), join(folder, 'teahouse-2026-01-15.db'))
    expect((await fetch(server.url + first, { method: 'DELETE', headers: { ...tusHeaders, ...by } })).status).toBe(204)
    await uploaded(server, by, { bytes: 'white tea' })
    backUp(server.dataDir, folder)
    expect(bytesOf(made)).toEqual(['white tea'])
    expect(bytesOf('teahouse-2026-01-15.db'), 'an older copy needs its own').toEqual(['green tea'])
    utimesSync(join(folder, 'teahouse-2026-01-15.db'), 0, 0)
    backUp(server.dataDir, folder)
    expect(bytesOf(made)).toEqual(['white tea'])
    expect(copied()).toHaveLength(1)
  })
  it('keeps the bytes of pictures of users and rooms', async (t) => {
    const server = await startServer(t)
    const { user } = await server.signIn('Anna')
    await server.stop()
    const database = new DatabaseSync(join(server.dataDir, 'teahouse.db'))
    const hashes = ['of Anna', 'of the lobby'].map((text) => {
      const hash = createHash('sha256').update(text).digest('hex')
      mkdirSync(join(server.dataDir, 'files', hash.slice(0, 2)), { recursive: true })
      writeFileSync(join(server.dataDir, 'files', hash.slice(0, 2), hash), text)
      return hash
    })
    database.prepare('update users set picture = ?, picture_bytes = 7 where id = ?').run(hashes[0] ?? '', user.id)
    database.prepare("update rooms set picture = ?, picture_bytes = 12 where address = 'lobby'").run(hashes[1] ?? '')
    database.close()
    const folder = temporaryFolder(t)
    for (const _ of [1, 2]) backUp(server.dataDir, folder)
    const copied = readdirSync(join(folder, 'files'), { recursive: true, encoding: 'utf8' })
    expect(
      copied
        .filter((name) => name.length > 2)
        .map((name) => name.slice(3))
        .sort(),
    ).toEqual(hashes.sort())
  })
  it('that fails deletes nothing and leaves no partial copy (operation 3)', (t) => {
    const folder = temporaryFolder(t)
    writeFileSync(join(folder, 'teahouse-2026-01-01.db'), 'old')
    utimesSync(join(folder, 'teahouse-2026-01-01.db'), 0, 0)
    expect(() => backUp(join(folder, 'nowhere'), folder)).toThrow()
    expect(readdirSync(folder)).toEqual(['teahouse-2026-01-01.db'])
  })
})

describe('echo test of docs/deploy.md', () => {
  const script = /bin\/node -e '\n(.*?)\n'/s.exec(read('docs/deploy.md'))?.[1] ?? ''

  async function outputFor(t: Cleanup, address: string): Promise<string> {
    const command = [process.execPath, '-e', script.replace('wss://chat.example.org/ws/echo', address)]
    return (await run(t, {}, { command }).ended).stdout
  }

  it('prints the reply, and otherwise reports a failure (operation 5)', async (t) => {
    const server = await startServer(t)
    const address = server.url.replace('http', 'ws')
    expect(await outputFor(t, `${address}/ws/echo`)).toMatch(/^ECHO: hello\nclosed with 1005/)
    expect(await outputFor(t, `${address}/ws/none`)).toMatch(/^failed: \S.*\nclosed with 1006/)
  })
})

describe('fail2ban filter', () => {
  const patterns = /failregex = (.*?)\n#/s.exec(read('fail2ban/filter.conf'))?.[1]?.split('\n') ?? []
  const filters = patterns.map((pattern) => new RegExp(pattern.trim().replace('<HOST>', '(?<host>[\\da-f.:]+)')))

  function hostsIn(line: string): (string | undefined)[] {
    // fail2ban takes the time out of a line of a file, and leaves it in one of the journal.
    const lines = [line, line.replace(/"time":"[^"]+"/, '')]
    return lines.map((one) => filters.map((filter) => filter.exec(one)?.groups?.host).find(Boolean))
  }

  it('matches addresses that guess passwords or flood, and no others (operation 4)', () => {
    const lines: string[] = []
    const log = createLog('info', { write: (line) => lines.push(line), dropped: 0, flush: async () => {} })
    const [address, ipv6] = ['203.0.113.9', '2001:db8::7']
    log.event('sign-in-refused', { reason: 'wrong-password', address, user: 1 })
    log.event('sign-in-throttled', { reason: 'passwords', address: ipv6 })
    log.event('flood-closed', { address, user: 1 })
    // A school whose guests type names that are taken must not be banned.
    log.event('sign-in-refused', { reason: 'name-taken', address })
    log.event('upgrade-refused', { reason: 'server-full', address })
    log.event('request-failed', { path: `/"event":"flood-closed","address":"${address}"` })
    expect(filters).toHaveLength(2)
    expect(lines.map(hostsIn)).toEqual([
      [address, address],
      [ipv6, ipv6],
      [address, address],
      [undefined, undefined],
      [undefined, undefined],
      [undefined, undefined],
    ])
  })
})
