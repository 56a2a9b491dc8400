/** What the operator reads in the log: each event once, with a reason and an address, and no secret. */

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { LogLimits } from '../src/server/log-limits.ts'
import { connect } from './support/clients/client.ts'
import { recordedLog } from './support/recorded-log.ts'
import { tea } from './support/server/populate.ts'
import { startPopulatedServer } from './support/server/populated-server.ts'
import { root, run } from './support/server/program.ts'
import { startServer, type TestServer, temporaryFolder } from './support/server/server.ts'

const client = '203.0.113.9'

function signIn({ url }: TestServer, fields: Record<string, string>, path = '/signin'): Promise<Response> {
  const headers = { accept: 'application/json', 'x-forwarded-for': client }
  return fetch(url + path, { method: 'POST', headers, body: new URLSearchParams(fields), redirect: 'manual' })
}

describe('server log', () => {
  it('says why a sign-in was refused, from which address and for whom (operation 4)', async (t) => {
    const record = recordedLog()
    const server = await startServer(t, { TRUST_PROXY: '127.0.0.1' }, record.log)
    const secret = 'correct horse battery staple'
    const link = new URL(server.ownerLink ?? '').pathname
    await signIn(server, { name: 'Olga', password: secret }, link)
    expect(record.of('sign-in-refused')).toEqual([])
    await signIn(server, { name: 'Olga' })
    await signIn(server, { name: 'Nobody', password: 'a wrong password' })
    await signIn(server, { name: 'Olga', password: 'a wrong password' })
    expect(record.of('sign-in-refused')).toMatchObject([
      { level: 'warn', reason: 'name-taken', address: client },
      { level: 'warn', reason: 'wrong-password', address: client },
      { level: 'warn', reason: 'wrong-password', address: client, user: 1 },
    ])
    for (let i = 0; i < 10; i++) await signIn(server, { name: 'Olga', password: 'a wrong password' })
    expect(record.of('sign-in-throttled')[0]).toMatchObject({ reason: 'passwords', address: client, user: 1 })
    await server.restart({ GUESTS: 'off' })
    await signIn(server, { name: 'Anna' })
    expect(record.of('sign-in-refused').at(-1)).toMatchObject({ reason: 'guests-off', address: client })
    const all = JSON.stringify(record.lines)
    for (const hidden of [secret, 'a wrong password', link.slice('/link/'.length), 'Nobody']) {
      expect(all).not.toContain(hidden)
    }
  })
  it('says why a WebSocket was refused or closed (operation 4)', async (t) => {
    const record = recordedLog()
    const settings = { TRUST_PROXY: '127.0.0.1', MAX_CONNECTIONS: '1', PUBLIC_ORIGIN: 'https://chat.example.org' }
    const server = await startServer(t, settings, record.log)
    const headers = { 'x-forwarded-for': client }
    const refused = (path: string, more: Record<string, string>) =>
      expect(server.connect(path, { headers: { ...headers, ...more } })).rejects.toThrow()
    await refused('/ws/none', {})
    await refused('/ws/echo', { origin: 'https://evil.example' })
    await refused('/ws/echo', { host: 'evil.example' })
    const echo = await connect(`${server.url.replace('http', 'ws')}/ws/echo`, { headers })
    await refused('/ws/echo', {})
    expect(record.of('upgrade-refused')).toMatchObject(
      ['wrong-path', 'wrong-origin', 'wrong-host', 'server-full'].map((reason) => ({
        level: 'warn',
        reason,
        address: client,
      })),
    )
    for (let i = 0; i < 20_000; i++) echo.send('x')
    expect((await echo.closed).code).toBe(4129)
    expect(record.of('flood-closed')).toMatchObject([{ address: client }])
  })
  it('says who requests too many pages, once for a flood (operation 4)', async (t) => {
    const record = recordedLog()
    const server = await startServer(t, { TRUST_PROXY: '127.0.0.1' }, record.log)
    const { cookie, user } = await server.signIn('Anna')
    const headers = { cookie, 'x-forwarded-for': client }
    const load = () => fetch(`${server.url}/settings`, { headers })
    expect((await load()).status).not.toBe(429)
    expect(record.of('request-limited')).toEqual([])
    const answers = await Promise.all(Array.from({ length: 120 }, load))
    expect(answers.filter(({ status }) => status === 429).length).toBeGreaterThan(20)
    const lines = record.of('request-limited')
    expect(lines).toHaveLength(20)
    expect(lines[0]).toMatchObject({ level: 'warn', reason: 'pages', address: client, user: user.id })
    // In this order fail2ban's filter finds the address.
    expect(Object.keys(lines[0] ?? {}).slice(-5)).toEqual(['event', 'reason', 'address', 'user', 'msg'])
  })
  it('contains moderation actions by ids, and no message text (operation 4)', async (t) => {
    const record = recordedLog()
    const { owen, bo } = await startPopulatedServer(t, {}, record.log)
    const said = await bo.chat.say(tea, 'something rude')
    await owen.chat.open(tea)
    const action = await owen.did({ type: 'delete', room: tea, ref: said })
    await owen.did({ type: 'mute', room: tea, user: bo.id, forMs: 60_000 })
    expect(record.of('moderation')).toMatchObject([
      { level: 'info', reason: 'delete', user: owen.id, action },
      { level: 'info', reason: 'mute', user: owen.id, target: bo.id },
    ])
    expect(JSON.stringify(record.lines)).not.toContain('rude')
    expect(JSON.stringify(record.of('moderation'))).not.toMatch(/Bo\b/)
  })
  it('contains the start with version and settings, and the stop with its reason (operation 4)', async (t) => {
    const program = run(t, { PORT: '0', DATA_DIR: temporaryFolder(t), RATE_LIMITS: 'off', TRUST_PROXY: '10.0.0.0/8' })
    const url = await program.url()
    program.kill('SIGTERM')
    const { stdout, stderr } = await program.ended
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
    const lines = stderr
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(lines).toMatchObject([
      { level: 'info', event: 'started', version, node: process.version, settings: { port: 0, rateLimits: false } },
      { level: 'warn', event: 'limits-off' },
      { level: 'info', event: 'listening', url },
      { level: 'info', event: 'stopping', reason: 'SIGTERM' },
      { level: 'info', event: 'stopped' },
    ])
    expect(lines[0].settings.trustProxy).toHaveLength(1)
    expect(stderr).not.toContain(/link\/(\S+)/.exec(stdout)?.[1])
  })
})

describe('uncaught error', () => {
  it.for(['throw new Error("boom")', 'Promise.reject(new Error("boom"))'])(
    'is logged once and shuts the server down cleanly: %s (operation 4)',
    async (fault, t) => {
      const preload = join(temporaryFolder(t), 'fault.mjs')
      writeFileSync(preload, `process.on('SIGUSR2', () => { setImmediate(() => { ${fault} }) })`)
      const command = [process.execPath, '--import', preload, join(root, 'src/server/main.ts')]
      const program = run(t, { PORT: '0', DATA_DIR: temporaryFolder(t) }, { command })
      const url = await program.url()
      const echo = await connect(`${url.replace('http', 'ws')}/ws/echo`)
      program.kill('SIGUSR2')
      expect((await echo.closed).code).toBe(1012)
      const { code, stderr } = await program.ended
      expect(code).toBe(1)
      const lines = stderr
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line))
      expect(lines.slice(-3)).toMatchObject([
        { level: 'error', event: 'unhandled-error', err: { message: 'boom' } },
        { event: 'stopping', reason: 'unhandled-error' },
        { event: 'stopped' },
      ])
    },
  )
})

describe('repeated log event of one network', () => {
  const kind = { event: 'sign-in-refused', reason: 'wrong-password', network: client }

  it('is logged a limited number of times a minute, and the rest is counted (operation 4)', () => {
    const log = new LogLimits()
    const logged = Array.from({ length: 50 }, () => log.admit(kind, 10, 0)).filter(Boolean)
    expect(logged).toHaveLength(10)
    expect(log.admit({ ...kind, network: '203.0.113.10' }, 10, 0)).toBe(true)
    expect(log.sweep(59_999)).toEqual([])
    expect(log.sweep(60_000)).toEqual([{ ...kind, count: 40 }])
    expect(log.admit(kind, 10, 60_000)).toBe(true)
  })
  it('is limited over all networks, in lines and in memory (operation 4)', () => {
    const log = new LogLimits()
    const networks = Array.from({ length: 100_000 }, (_, i) => `2001:db8:${i.toString(16)}:0`)
    const logged = networks.filter((network) => log.admit({ ...kind, network }, 10, 0))
    expect(logged).toHaveLength(300)
    expect(log.sweep(60_000)).toEqual([{ event: kind.event, count: 99_700 }])
    expect(log.isEmpty).toBe(true)
  })
})
