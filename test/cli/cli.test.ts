/** `npx teahouse` as its user sees it, with and without a running server. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { text } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import { memberNamed, ownerNamed, password, pathOf, textOf, Visitor, visitorNamed } from '../support/clients/visitor.ts'
import { compileCache } from '../support/run/environment.ts'
import { type Cleanup, startServer, type TestServer, temporaryFolder } from '../support/server/server.ts'

const root = join(import.meta.dirname, '../..')
const program = [process.execPath, join(root, 'src/server/cli/main.ts')]
const dayMs = 24 * 60 * 60 * 1000

interface Ending {
  code: number
  stdout: string
  stderr: string
}

/** Runs it with these settings and no others. */
async function run(
  words: string[],
  settings: Record<string, string>,
  [file = '', ...first] = program,
): Promise<Ending> {
  const env = { PATH: process.env.PATH ?? '', ...compileCache(), ...settings }
  const child = spawn(file, [...first, ...words], { env, cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  return { code, stdout, stderr }
}

/** What it prints when all goes well. */
async function told({ dataDir, port }: TestServer, ...words: string[]): Promise<string> {
  const { code, stdout, stderr } = await run(words, { DATA_DIR: dataDir, PORT: String(port) })
  expect([code, stderr]).toEqual([0, ''])
  return stdout
}

/** The one line with which it says that it cannot. */
async function refusal(words: string[], settings: Record<string, string>): Promise<string> {
  const { code, stdout, stderr } = await run(words, settings)
  expect([code, stdout], stderr).toEqual([1, ''])
  expect(stderr).toMatch(/^[^\n]+\n$/)
  expect(stderr).not.toMatch(/\bat |Error:|node:|\.ts:\d|Warning/)
  return stderr.trimEnd()
}

async function linkFor(server: TestServer, ...name: string[]): Promise<string> {
  const [link = ''] = (await told(server, 'reset', ...name)).split('\n')
  expect(link).toMatch(new RegExp(`^${RegExp.escape(server.url)}/link/[\\w-]{43}$`))
  return link
}

async function serverWithPeople(t: Cleanup) {
  const server = await startServer(t)
  const people = { li: await ownerNamed(server, 'Li'), anna: await memberNamed(server, 'Anna') }
  await visitorNamed(server, '王小明')
  return { server, ...people }
}

describe('command line › help', () => {
  it.for([[], ['help'], ['--help'], ['-h']])('lists the commands, also without a data folder: %j', async (words, t) => {
    const DATA_DIR = temporaryFolder(t)
    const { code, stdout } = await run(words, { DATA_DIR })
    expect([code, stdout]).toEqual([0, expect.stringMatching(/users .*\n.*rooms .*\n.*reset <name>[\s\S]*files check/)])
    expect(readdirSync(DATA_DIR)).toEqual([])
  })
  it('is the same for npx teahouse', async (t) => {
    // Its own cache, and nobody to ask: what it runs is what is here.
    const cache = temporaryFolder(t)
    const offline = { npm_config_cache: cache, npm_config_offline: 'true', HOME: cache, npm_config_loglevel: 'error' }
    const { code, stdout } = await run(['teahouse', 'help'], offline, ['npx', '--no'])
    expect([code, stdout]).toEqual([0, (await run(['help'], {})).stdout])
  })
})

describe('command line › bots', () => {
  it('adds a bot while the server runs, and prints its token as the last word, once', async (t) => {
    const { server } = await serverWithPeople(t)
    const printed = await told(server, 'bots', 'add', 'Night', 'watch')
    const token = printed.trim().split(/\s+/).at(-1) ?? ''
    expect(token).toMatch(/^[\w-]{43}$/)
    const me = await fetch(`${server.url}/api/me`, { headers: { authorization: `Bearer ${token}` } })
    expect(await me.json()).toMatchObject({ user: { name: 'Night watch' }, role: 'member', verified: true })
    const listed = await told(server, 'bots')
    expect(listed).toMatch(/^write +public rooms +Night watch$/m)
    expect(listed).not.toContain(token)
  })
  it('limits a bot to rooms, by address or name, and to reading', async (t) => {
    const { server } = await serverWithPeople(t)
    const printed = await told(server, 'bots', 'add', 'Reader', '--room', 'lobby', '--read')
    expect(printed).toContain('can read in lobby')
    expect(await told(server, 'bots')).toMatch(/^read +its rooms +Reader$/m)
  })
  it('refuses names that are taken or none, rooms that do not exist, and words that it does not know', async (t) => {
    const { server } = await serverWithPeople(t)
    const settings = { DATA_DIR: server.dataDir, PORT: String(server.port) }
    expect(await refusal(['bots', 'add', 'Anna'], settings)).toMatch(/taken/)
    expect(await refusal(['bots', 'add'], settings)).toMatch(/^Name the bot/)
    expect(await refusal(['bots', 'add', 'x'.repeat(33)], settings)).toMatch(/cannot be a name/)
    expect(await refusal(['bots', 'add', 'Lost', '--room', 'none'], settings)).toMatch(/no room called "none"/)
    expect(await refusal(['bots', 'add', 'Lost', '--write'], settings)).toMatch(/^Name the bot/)
    expect(await refusal(['bots', 'remove', 'Lost'], settings)).toMatch(/^Name the bot/)
    expect(await told(server, 'bots')).toBe('')
  })
})

describe('command line › hooks', () => {
  it('adds a webhook while the server runs, and prints its address as the last word', async (t) => {
    const { server } = await serverWithPeople(t)
    const address = (await told(server, 'hooks', 'add', 'lobby', 'Night', 'alerts')).trim().split(/\s+/).at(-1) ?? ''
    expect(address).toMatch(new RegExp(`^${RegExp.escape(server.url)}/hooks/[\\w-]{43}$`))
    const headers = { 'content-type': 'application/json' }
    const response = await fetch(address, { method: 'POST', headers, body: '{"text":"fire"}' })
    expect([response.status, await response.text()]).toEqual([200, 'ok'])
    expect(await told(server, 'hooks')).toMatch(/^1 +lobby +Night alerts$/m)
  })
  it('refuses rooms that do not exist, names of people, and words that are missing', async (t) => {
    const { server } = await serverWithPeople(t)
    const settings = { DATA_DIR: server.dataDir, PORT: String(server.port) }
    expect(await refusal(['hooks', 'add', 'none', 'Alerts'], settings)).toMatch(/no room called "none"/)
    expect(await refusal(['hooks', 'add', 'lobby', 'Anna'], settings)).toMatch(/taken/)
    for (const words of [['add'], ['add', 'lobby'], ['remove']])
      expect(await refusal(['hooks', ...words], settings)).toMatch(/^Name the room and the bot/)
  })
})

describe('command line › users', () => {
  it('lists all users, with and without a running server', async (t) => {
    const { server } = await serverWithPeople(t)
    await server.stop()
    await server.restart()
    const moment = String.raw`\d{4}-\d\d-\d\d \d\d:\d\d UTC`
    const lines = new RegExp(`^member {2}${moment} {2}Anna\nowner {3}${moment} {2}Li\nguest {3}${moment} {2}王小明\n$`)
    expect(await told(server, 'users')).toMatch(lines)
    await server.stop()
    expect(await told(server, 'users')).toMatch(lines)
  })
  it('shows users without sessions', async (t) => {
    const server = await startServer(t)
    await (await server.signIn('Bo')).signOut()
    expect(await told(server, 'users')).toBe('guest  signed out  Bo\n')
  })
})

describe('command line › rooms', () => {
  it('lists all rooms', async (t) => {
    const { server, li } = await serverWithPeople(t)
    const chat = await li.connect()
    await chat.open('lobby')
    await chat.say('lobby', 'hello')
    await chat.ask({ type: 'create', key: 'k', kind: 'private', name: 'Ours' }, 'room')
    expect(await told(server, 'rooms')).toBe('public   1  1  lobby\nprivate  1  0  Ours\n')
    expect(await told(server, 'search')).toBe('All messages are indexed.\n')
  })
})

describe('command line › reset', () => {
  it('creates a link that sets a new password once, beside a running server', async (t) => {
    const { server, anna } = await serverWithPeople(t)
    const chat = await anna.connect()
    const path = pathOf(await linkFor(server, 'Anna'))
    const forgetful = new Visitor(server)
    expect((await forgetful.post(path, { password: 'quite another pot' })).status).toBe(303)
    expect((await chat.closed).code).toBe(4002)
    expect((await forgetful.post(path, { password })).status).toBe(404)
    expect((await visitorNamed(server, 'Anna', { password: 'quite another pot' })).cookie).not.toBe('')
    const second = new Visitor(server)
    expect((await second.post('/signin', { name: 'Anna', password })).status, 'the old one').toBe(403)
  })
  it('creates a link for a day, which replaces the previous one', async (t) => {
    const { server } = await serverWithPeople(t)
    const first = pathOf(await linkFor(server, 'Anna'))
    const before = Date.now()
    const second = pathOf(await linkFor(server, 'Anna'))
    expect((await new Visitor(server).get(first)).status).toBe(404)
    expect((await new Visitor(server).get(second)).status).toBe(200)
    const database = new DatabaseSync(join(server.dataDir, 'teahouse.db'), { readOnly: true })
    const links = database.prepare('select expires_at as until, uses_left as uses from links').all()
    database.close()
    expect(links).toHaveLength(1)
    expect(links[0]).toMatchObject({ uses: 1 })
    expect(Number(links[0]?.until) - before - dayMs).toBeGreaterThanOrEqual(0)
    expect(Number(links[0]?.until) - Date.now() - dayMs).toBeLessThanOrEqual(0)
  })
  it('is recorded in the audit log as done by the operator', async (t) => {
    const { server, li } = await serverWithPeople(t)
    await linkFor(server, 'Anna')
    expect(textOf((await li.get('/admin/log')).body)).toContain('The operator created a password link for Anna')
    const database = new DatabaseSync(join(server.dataDir, 'teahouse.db'), { readOnly: true })
    const [noted] = database.prepare(`select actor_id as by, data from audit_log where type = 'link'`).all()
    const [link] = database.prepare('select expires_at as "expiresAt", created_by as by from links').all()
    database.close()
    expect(noted).toMatchObject({ by: null, data: JSON.stringify({ expiresAt: link?.expiresAt }) })
    expect(link).toMatchObject({ by: null })
  })
  it('works for the owner', async (t) => {
    const { server } = await serverWithPeople(t)
    const li = new Visitor(server)
    expect((await li.post(pathOf(await linkFor(server, 'Li')), { password: 'quite another pot' })).status).toBe(303)
    expect((await li.get('/admin')).status).toBe(200)
  })
  it.for(['ANNA', ' anna ', 'Аnna'])('finds Anna by %j', async (name, t) => {
    const { server } = await serverWithPeople(t)
    const path = pathOf(await linkFor(server, name))
    expect(textOf((await new Visitor(server).get(path)).body)).toContain('Choose a new password for Anna.')
  })
  it('accepts a name of several words', async (t) => {
    const server = await startServer(t)
    await visitorNamed(server, 'Old Li')
    const path = pathOf(await linkFor(server, 'Old', 'Li'))
    expect(textOf((await new Visitor(server).get(path)).body)).toContain('for Old Li.')
  })
  it('asks which guest is meant among confusable names, and takes an exact match', async (t) => {
    const server = await startServer(t)
    for (const name of ['Bo', 'BO']) await visitorNamed(server, name)
    const settings = { DATA_DIR: server.dataDir, PORT: String(server.port) }
    expect(await refusal(['reset', 'bo'], settings)).toBe('Several names match: "Bo", "BO"')
    const path = pathOf(await linkFor(server, 'BO'))
    expect(textOf((await new Visitor(server).get(path)).body)).toContain('for BO.')
  })
  it('prefers a claimed name to a guest’s confusable one', async (t) => {
    const server = await startServer(t)
    await visitorNamed(server, 'BO')
    await memberNamed(server, 'Bo')
    const path = pathOf(await linkFor(server, 'BO'))
    expect(textOf((await new Visitor(server).get(path)).body)).toContain('for Bo.')
  })
  it('links to the public origin', async (t) => {
    const { server } = await serverWithPeople(t)
    const link = async (settings: Record<string, string>) =>
      (await run(['reset', 'Anna'], { DATA_DIR: server.dataDir, ...settings })).stdout.split('/link/')[0]
    expect(await link({ PUBLIC_ORIGIN: 'https://tea.example' })).toBe('https://tea.example')
    expect(await link({})).toBe('http://127.0.0.1:3000')
    expect(await link({ HOST: '0.0.0.0', PORT: '80' })).toBe('http://localhost:80')
    expect(await link({ HOST: '::1' })).toBe('http://[::1]:3000')
  })
})

describe('command line › an error is one line and changes nothing', () => {
  it('without a data folder', async (t) => {
    const DATA_DIR = temporaryFolder(t)
    expect(await refusal(['users'], { DATA_DIR })).toBe(
      `There is no teahouse in ${DATA_DIR}: start it first, or set DATA_DIR.`,
    )
    expect(readdirSync(DATA_DIR)).toEqual([])
  })
  it('with data of another version', async (t) => {
    const server = await startServer(t)
    await server.stop()
    const database = new DatabaseSync(join(server.dataDir, 'teahouse.db'))
    database.exec('pragma user_version = 99')
    database.close()
    const words = await refusal(['users'], { DATA_DIR: server.dataDir })
    expect(words).toContain('written by another version (schema 99')
  })
  it.for([
    [['brew'], /^There is no command "brew"/],
    [['toString'], /^There is no command "toString"/],
    [['a\nb'], /^There is no command "a\\nb"/],
    [['reset'], /^Name the user:/],
    [['reset', 'Nobody'], /^There is no user called "Nobody"/],
    [['reset', 'a\nb'], /^There is no user called "a\\nb"/],
  ] as const)('for %j', async ([words, fault], t) => {
    const server = await startServer(t)
    expect(await refusal([...words], { DATA_DIR: server.dataDir })).toMatch(fault)
  })
  it('with invalid settings', async (t) => {
    const server = await startServer(t)
    expect(await refusal(['users'], { DATA_DIR: server.dataDir, PORT: 'tea' })).toMatch(/^Bad settings: PORT/)
  })
  it('without a port for the link', async (t) => {
    const { server, anna } = await serverWithPeople(t)
    expect(await refusal(['reset', 'Anna'], { DATA_DIR: server.dataDir, PORT: '0' })).toMatch(/^Set PUBLIC_ORIGIN/)
    expect(await anna.isIn()).toBe(true)
  })
})
