/** The program as its user sees it: a process with an environment, two streams, signals and an exit code. */
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it } from 'vitest'
import type { User } from '../../src/shared/protocol/types.ts'
import { type ChatClient, connect } from '../support/clients/client.ts'
import { freePort } from '../support/run/free-ports.ts'
import { main, root, run } from '../support/server/program.ts'
import { type Cleanup, identityOf, temporaryFolder } from '../support/server/server.ts'

/** The one line with which the program says that it cannot start. */
async function refusal(t: Cleanup, settings: Record<string, string>, cwd?: string): Promise<string> {
  const { code, stdout, stderr } = await run(t, settings, { cwd }).ended
  expect([code, stdout], stderr).toEqual([1, ''])
  expect(stderr).toMatch(/^[^\n]+\n$/)
  expect(stderr).not.toMatch(/\bat |Error:|node:|\.ts:\d|Warning/)
  return stderr.trimEnd()
}

async function signIn(url: string, name: string): Promise<{ cookie: string; user: User }> {
  const headers = { accept: 'application/json' }
  const response = await fetch(`${url}/signin`, { method: 'POST', headers, body: new URLSearchParams({ name }) })
  return { cookie: identityOf(response), user: (await response.json()) as User }
}

async function openChat(url: string, cookie: string): Promise<ChatClient> {
  const chat = await connect(`${url.replace('http', 'ws')}/ws/chat`, { protocol: 'chat.v1', cookie })
  await chat.next('welcome')
  return chat
}

/** A port that another process listens on. */
async function takenPort(t: Cleanup): Promise<number> {
  const server = createServer()
  t.onTestFinished(() => void server.close())
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return (server.address() as AddressInfo).port
}

/** The program without the built page. */
function copyOfProgram(t: Cleanup): string {
  const copy = temporaryFolder(t)
  for (const part of ['src', 'controllers', 'package.json'])
    cpSync(join(root, part), join(copy, part), { recursive: true })
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
  return copy
}

function buildAnd(change: (copy: string) => void): (copy: string) => void {
  return (copy) => {
    cpSync(join(root, 'static/dist'), join(copy, 'static/dist'), { recursive: true })
    change(copy)
  }
}

/** One line, and one more while the server has no owner. */
function saidAtStart(url: string) {
  const escaped = RegExp.escape(url)
  return expect.stringMatching(
    new RegExp(`^listening on ${escaped}\\nbecome the owner of this teahouse: ${escaped}/link/[\\w-]{43}\\n$`),
  )
}

describe('server process', () => {
  it('prints in one line where it listens, and answers there', async (t) => {
    const program = run(t, { PORT: '0', DATA_DIR: temporaryFolder(t), LOG_LEVEL: 'warn' })
    const url = await program.url()
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:[1-9]\d*$/)
    expect((await fetch(`${url}/healthz`)).status).toBe(200)
    const { cookie, user } = await signIn(url, 'Anna')
    const chat = await openChat(url, cookie)
    await chat.open('lobby')
    await chat.say('lobby', 'hello')
    expect(await (await fetch(url, { headers: { cookie } })).text()).toContain(user.name)
    await chat.close()
    program.kill('SIGTERM')
    expect(await program.ended).toEqual({ code: 0, stdout: saidAtStart(url), stderr: '' })
  })
  it('prints a new owner link at each start', async (t) => {
    const settings = { PORT: '0', DATA_DIR: temporaryFolder(t), PUBLIC_ORIGIN: 'https://chat.example.org' }
    const links = []
    for (let i = 0; i < 2; i++) {
      const program = run(t, settings)
      await program.url()
      program.kill('SIGTERM')
      links.push(/^become the owner of this teahouse: (\S+)$/m.exec((await program.ended).stdout)?.[1])
    }
    for (const link of links) expect(link).toMatch(/^https:\/\/chat\.example\.org\/link\/[\w-]{43}$/)
    expect(links[0]).not.toBe(links[1])
  })
  it('creates the data folder and its parents', async (t) => {
    const folder = join(temporaryFolder(t), 'a/b/茶 馆')
    await run(t, { PORT: '0', DATA_DIR: folder }).url()
    expect(existsSync(join(folder, 'teahouse.db'))).toBe(true)
  })
  it('creates files that only its user can read, whatever the umask (SECURITY-REVIEW 16)', async (t) => {
    const DATA_DIR = join(temporaryFolder(t), 'new/data')
    const umask = process.umask(0o022)
    t.onTestFinished(() => void process.umask(umask))
    const settings = { PORT: '0', DATA_DIR }
    const { cookie } = await signIn(await run(t, settings).url(), 'Anna')
    expect(cookie).toContain('session-')
    const command = [process.execPath, join(root, 'src/server/cli/main.ts'), 'users']
    expect((await run(t, settings, { command }).ended).stdout).toContain('Anna')
    const modes = ['', 'lock', 'teahouse.db', 'teahouse.db-wal', 'teahouse.db-shm'].map((file) => {
      return [file, (statSync(join(DATA_DIR, file)).mode & 0o777).toString(8)]
    })
    expect(Object.fromEntries(modes)).toEqual({
      '': '700',
      lock: '600',
      'teahouse.db': '600',
      'teahouse.db-wal': '600',
      'teahouse.db-shm': '600',
    })
    expect(statSync(join(DATA_DIR, '..')).mode & 0o777).toBe(0o700)
  })
  it('warns when rate limits are off, and not otherwise', async (t) => {
    const program = run(t, { PORT: '0', DATA_DIR: temporaryFolder(t), RATE_LIMITS: 'off', LOG_LEVEL: 'warn' })
    await program.url()
    program.kill('SIGTERM')
    const { stderr } = await program.ended
    expect(
      stderr
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line).msg),
    ).toEqual([expect.stringContaining('RATE_LIMITS is off')])
  })
})

describe('server process refuses to start and prints the reason in one line', () => {
  it('when the port is in use', async (t) => {
    const PORT = String(await takenPort(t))
    const line = await refusal(t, { PORT, DATA_DIR: temporaryFolder(t) })
    expect(line).toBe(`Port ${PORT} is taken. Set PORT to another one.`)
  })
  it('when the host is not an address of this machine', async (t) => {
    const line = await refusal(t, { PORT: '0', HOST: '203.0.113.7', DATA_DIR: temporaryFolder(t) })
    expect(line).toMatch(/^HOST 203\.0\.113\.7, PORT 0: .+/)
  })
  it('when the data folder cannot be created or written to', async (t) => {
    const file = join(temporaryFolder(t), 'file')
    writeFileSync(file, 'I am no folder')
    const folders = [
      file,
      join(file, 'data'),
      join(file, 'deeper/data'),
      ...(existsSync('/proc') ? ['/proc', '/proc/teahouse', '/proc/1/teahouse/data'] : []),
    ]
    for (const DATA_DIR of folders) {
      expect(await refusal(t, { PORT: '0', DATA_DIR })).toMatch(new RegExp(`^${DATA_DIR} cannot be used: .+`))
    }
    expect(readFileSync(file, 'utf8')).toBe('I am no folder')
  })
  it.runIf(process.getuid?.() === 0)('when the data belong to another system user (operation 9)', async (t) => {
    const nobody = 65_534
    // In a folder of root's alone they cannot start it at all.
    const asNobody = { uid: nobody, gid: nobody, stdio: 'ignore' } as const
    const { status } = spawnSync(process.execPath, ['--check', main], asNobody)
    if (status !== 0) return t.skip('nobody else can read the program here')
    const DATA_DIR = temporaryFolder(t)
    const start = () => run(t, { PORT: '0', DATA_DIR }, { uid: nobody }).ended
    const reason =
      /^\S+ cannot be used: EACCES: permission denied.* \(the server runs as user 65534, who must be able to write there\)\n$/
    expect((await start()).stderr).toMatch(reason)
    // The folder is theirs now, and the database is still that of root, who has started it once.
    writeFileSync(join(DATA_DIR, 'teahouse.db'), '', { mode: 0o600 })
    chownSync(DATA_DIR, nobody, nobody)
    expect((await start()).stderr).toMatch(reason)
  })
  it('when another server uses the data folder, which that server does not notice', async (t) => {
    const DATA_DIR = temporaryFolder(t)
    const first = run(t, { PORT: '0', DATA_DIR })
    const url = await first.url()
    expect(await refusal(t, { PORT: '0', DATA_DIR })).toBe(`${DATA_DIR} is in use by another Teahouse.`)
    const chat = await openChat(url, (await signIn(url, 'Anna')).cookie)
    await chat.open('lobby')
    expect(await chat.say('lobby', 'still here')).toBe(1)
    first.kill('SIGKILL')
    await first.ended
    await run(t, { PORT: '0', DATA_DIR }).url()
  })
  it('when a newer version has written the data, which stay unchanged', async (t) => {
    const DATA_DIR = temporaryFolder(t)
    const path = join(DATA_DIR, 'teahouse.db')
    const database = new DatabaseSync(path)
    database.exec('create table later (x); pragma user_version = 9999')
    database.close()
    expect(await refusal(t, { PORT: '0', DATA_DIR })).toMatch(
      /teahouse\.db cannot be used: .*newer version \(schema 9999, this program knows \d+\)/,
    )
    const after = new DatabaseSync(path, { readOnly: true })
    expect(after.prepare('select name from sqlite_schema').all()).toEqual([{ name: 'later' }])
    after.close()
  })
  it.for([
    ['the page was not built', () => {}, /^The page has not been built: /],
    [
      'a controller is broken',
      buildAnd((copy) => writeFileSync(join(copy, 'controllers/x.ts'), '')),
      /^controllers\/x\.ts /,
    ],
  ] as const)('when %s, before it opens the data', async ([, change, reason], t) => {
    const [copy, DATA_DIR] = [copyOfProgram(t), temporaryFolder(t)]
    change(copy)
    const command = [process.execPath, join(copy, 'src/server/main.ts')]
    const { code, stderr } = await run(t, { PORT: '0', DATA_DIR }, { command }).ended
    expect(code).toBe(1)
    expect(stderr).toMatch(reason)
    expect(readdirSync(DATA_DIR)).toEqual([])
  })
  it('when the database file is not a database', async (t) => {
    const DATA_DIR = temporaryFolder(t)
    writeFileSync(join(DATA_DIR, 'teahouse.db'), 'This is no database, and longer than the name of one would be.')
    expect(await refusal(t, { PORT: '0', DATA_DIR })).toMatch(/teahouse\.db cannot be used: file is not a database$/)
  })
  it('when settings are invalid, with all of them at once', async (t) => {
    const settings = {
      PORT: 'http',
      PUBLIC_ORIGIN: 'chat.example.org',
      TRUST_PROXY: 'nginx',
      LOG_LEVEL: 'loud',
      MAX_CONNECTIONS: '0',
    }
    const line = await refusal(t, { ...settings, DATA_DIR: temporaryFolder(t) })
    expect(line).toMatch(/^Bad settings: /)
    for (const [variable, value] of Object.entries(settings))
      expect(line).toMatch(new RegExp(`${variable} must be [^;]+, not "${value}"`))
  })
  it('when an invalid setting has several lines', async (t) => {
    expect(await refusal(t, { PORT: '80\n81' })).toContain('not "80\\n81"')
  })
})

describe('.env in the working directory', () => {
  it('is read, and the environment takes precedence', async (t) => {
    const folder = temporaryFolder(t)
    writeFileSync(join(folder, '.env'), '# ours\nPORT=not-a-port\nDATA_DIR=here\nLOG_LEVEL="loud"\n')
    expect(await refusal(t, {}, folder)).toMatch(/^Bad settings: PORT .+"not-a-port"; LOG_LEVEL .+"loud"\.$/)
    expect(await refusal(t, { PORT: '0' }, folder)).toMatch(/^Bad settings: LOG_LEVEL .+"loud"\.$/)
    await run(t, { PORT: '0', LOG_LEVEL: 'info' }, { cwd: folder }).url()
    expect(existsSync(join(folder, 'here/teahouse.db'))).toBe(true)
  })
  it('is read behind a byte-order mark, and stops the start with an unknown name (FAULTS 8, operation 9)', async (t) => {
    const folder = temporaryFolder(t)
    writeFileSync(join(folder, '.env'), '\ufeffPORT=not-a-port\r\n')
    expect(await refusal(t, {}, folder)).toMatch(/^Bad settings: PORT .+"not-a-port"\.$/)
    writeFileSync(join(folder, '.env'), 'GUEST=off\n')
    expect(await refusal(t, {}, folder)).toBe('Bad settings: GUEST in .env is not a setting (did you mean GUESTS?).')
  })
  it('is optional: then the data are in ./data', async (t) => {
    const folder = temporaryFolder(t)
    await run(t, { PORT: '0' }, { cwd: folder }).url()
    expect(existsSync(join(folder, 'data/teahouse.db'))).toBe(true)
  })
  it('stops the start when it cannot be read', async (t) => {
    const folder = temporaryFolder(t)
    mkdirSync(join(folder, '.env'))
    expect(await refusal(t, { PORT: '0' }, folder)).toContain('.env')
  })
})

describe('end of the server', () => {
  it.for(['SIGTERM', 'SIGINT'] as const)(
    'by %s sends bye to every connection, closes with 1012 and exits with 0',
    async (signal, t) => {
      const DATA_DIR = temporaryFolder(t)
      const program = run(t, { PORT: '0', DATA_DIR, LOG_LEVEL: 'warn' })
      const url = await program.url()
      const people = await Promise.all(['Anna', 'Bo', 'Li'].map((name) => signIn(url, name)))
      const chats = await Promise.all(people.map(({ cookie }) => openChat(url, cookie)))
      await chats[0]?.open('lobby')
      await chats[0]?.say('lobby', 'hello')
      const echo = await connect(`${url.replace('http', 'ws')}/ws/echo`)
      program.kill(signal)
      for (const chat of chats) {
        expect((await chat.next('bye')).retryAfterMs).toBeGreaterThan(0)
        expect(await chat.closed).toEqual({ code: 1012, reason: 'Restart' })
        expect(chat.received.at(-1)?.type).toBe('bye')
      }
      expect((await echo.closed).code).toBe(1012)
      expect(await program.ended).toEqual({ code: 0, stdout: saidAtStart(url), stderr: '' })
      await expect(fetch(url)).rejects.toThrow()
      const database = new DatabaseSync(join(DATA_DIR, 'teahouse.db'), { readOnly: true })
      expect(database.prepare('select data from entries').all()).toEqual([{ data: 'hello' }])
      database.close()
    },
  )
  it('works through npm: SIGTERM reaches the server, and no process is left', async (t) => {
    const program = run(t, { PORT: '0', DATA_DIR: temporaryFolder(t) }, { command: ['npm', 'start', '--silent'] })
    const { cookie } = await signIn(await program.url(), 'Anna')
    const chat = await openChat(await program.url(), cookie)
    program.kill('SIGTERM')
    expect((await chat.closed).code).toBe(1012)
    expect((await program.ended).code).toBe(0)
  })
  it('by Ctrl-C under npm, which sends SIGINT twice, is as clean as by one SIGINT', async (t) => {
    const program = run(t, { PORT: '0', DATA_DIR: temporaryFolder(t) })
    const { cookie } = await signIn(await program.url(), 'Anna')
    const chat = await openChat(await program.url(), cookie)
    program.kill('SIGINT')
    await chat.next('bye')
    program.kill('SIGINT')
    expect((await chat.closed).code).toBe(1012)
    expect((await program.ended).code).toBe(0)
  })
  it('by SIGTERM does not wait for a client that keeps sending requests', async (t) => {
    const program = run(t, { PORT: '0', DATA_DIR: temporaryFolder(t) })
    const url = await program.url()
    // Its connection is kept alive.
    await (await fetch(`${url}/healthz`)).text()
    program.kill('SIGTERM')
    expect((await program.ended).code).toBe(0)
  })
  it('by SIGKILL loses no acknowledged message', async (t) => {
    const settings = { PORT: String(await freePort()), DATA_DIR: temporaryFolder(t), RATE_LIMITS: 'off' }
    const program = run(t, settings)
    const url = await program.url()
    const people = await Promise.all(['Anna', 'Bo', 'Li'].map((name) => signIn(url, name)))
    const chats = await Promise.all(people.map(({ cookie }) => openChat(url, cookie)))
    const acknowledged = new Map<number, string>()
    // Each says the next thing when the last one is acknowledged, until the line breaks.
    const talking = chats.map(async (chat, person) => {
      await chat.open('lobby')
      for (let i = 0; ; i++) {
        const data = `${person}: ${i}`
        acknowledged.set(await chat.say('lobby', data), data)
        if (acknowledged.size >= 300) program.kill('SIGKILL')
      }
    })
    await Promise.allSettled(talking)
    expect((await program.ended).code).toBeNull()
    expect(acknowledged.size).toBeGreaterThanOrEqual(300)

    const again = await run(t, settings).url()
    for (const { cookie, user } of people) {
      const chat = await openChat(again, cookie)
      const { entries = [], reset } = await chat.open('lobby', { after: 0, limit: 1000 })
      expect(reset).toBe(false)
      expect(entries.map(({ id }) => id)).toEqual(entries.map((_, i) => i + 1))
      const stored = new Map(entries.map((entry) => [entry.id, entry.type === 'chat' ? entry.data : undefined]))
      for (const [id, data] of acknowledged) expect(stored.get(id)).toBe(data)
      expect((await signIn(again, user.name)).user).toEqual(user)
      expect(await chat.say('lobby', 'back')).toBe(entries.length + 1)
    }
  })
})
