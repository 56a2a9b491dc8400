/** Bots: who sends a token instead of a cookie, what it is good for, and when it is worth nothing. */
import { describe, expect, it } from 'vitest'
import type { NewBot } from '../../../src/server/store/store.ts'
import { closeCodes } from '../../../src/shared/protocol/close-codes.ts'
import { ask } from '../../http/raw-request.ts'
import { botNamed, type TestBot } from '../../support/clients/bots.ts'
import { type Cleanup, startServer, type TestServer } from '../../support/server/server.ts'

type Headers = Record<string, string>

async function get({ url }: TestServer, path: string, headers: Headers = {}) {
  const response = await fetch(url + path, { headers })
  return { status: response.status, headers: response.headers, body: await response.json() }
}

async function call({ url }: TestServer, command: string, fields: object, headers: Headers) {
  const init = {
    method: 'POST',
    body: JSON.stringify(fields),
    headers: { 'content-type': 'application/json', ...headers },
  }
  const response = await fetch(`${url}/api/${command}`, init)
  const text = await response.text()
  return { status: response.status, frame: text ? JSON.parse(text) : undefined }
}

async function withBot(t: Cleanup, more: Partial<NewBot> = {}, settings: Headers = { RATE_LIMITS: 'off' }) {
  const server = await startServer(t, settings)
  return { server, bot: await botNamed(server, 'Relay', more), anna: await server.signIn('Anna') }
}

function connectBot(server: TestServer, { bearer }: TestBot, headers: Headers = {}) {
  return server.connect('/ws/chat', { protocol: 'chat.v1', headers: { ...bearer, ...headers } })
}

const foreign = { origin: 'https://elsewhere.example', 'sec-fetch-site': 'cross-site' }
const hello = { room: 'lobby', key: 'k1', data: 'hello' }

describe('bot', () => {
  it('reads and writes over HTTP with its token, once for each key, and is marked', async (t) => {
    const { server, bot, anna } = await withBot(t)
    const chat = await anna.connect()
    await chat.open('lobby')
    for (const headers of [bot.bearer, { authorization: `bearer  ${bot.token}` }])
      expect(await call(server, 'chat', hello, headers)).toMatchObject({ status: 200, frame: { type: 'sent', id: 1 } })
    expect(await chat.next('chat')).toMatchObject({ data: 'hello', user: { name: 'Relay', bot: true } })
    const again = { room: 'lobby', data: 'by header' }
    for (let i = 0; i < 2; i++)
      expect((await call(server, 'chat', again, { ...bot.bearer, 'idempotency-key': 'h' })).frame.id).toBe(2)
    expect((await get(server, '/api/me', bot.bearer)).body).toEqual({ user: bot.user, role: 'member', verified: true })
    const { rooms } = (await get(server, '/api/rooms', bot.bearer)).body as { rooms: { room: string }[] }
    expect(rooms.map(({ room }) => room)).toEqual(['lobby'])
  })

  it('opens a WebSocket with its token, from any origin', async (t) => {
    const { server, bot, anna } = await withBot(t)
    const chat = await connectBot(server, bot, foreign)
    expect(await chat.next('welcome')).toMatchObject({ user: bot.user, role: 'member' })
    await chat.open('lobby')
    await chat.say('lobby', 'from a bot')
    expect((await call(server, 'history', { room: 'lobby' }, { cookie: anna.cookie })).frame.messages).toMatchObject([
      { user: { name: 'Relay' }, data: 'from a bot' },
    ])
    const cookieFromElsewhere = server.connect('/ws/chat', { cookie: anna.cookie, headers: foreign })
    await expect(cookieFromElsewhere).rejects.toMatchObject({ status: 403 })
  })

  it('follows a room by a long poll with its token, from any origin', async (t) => {
    const { server, bot, anna } = await withBot(t)
    const poll = (headers: Headers) => get(server, '/api/stream?room=lobby:0&wait=0', headers)
    await call(server, 'chat', hello, { cookie: anna.cookie })
    expect(await poll({ ...bot.bearer, ...foreign })).toMatchObject({
      status: 200,
      body: { next: expect.stringMatching(/^room=lobby:1&log=/) },
    })
    expect((await poll({ cookie: anna.cookie, ...foreign })).status).toBe(403)
    expect((await poll({ authorization: `Bearer ${'A'.repeat(43)}`, cookie: anna.cookie })).status).toBe(401)
  })

  it('has its mark in its name for classic clients', async (t) => {
    const { server, bot } = await withBot(t)
    const classic = await server.connect('/ws/chat', { cookie: (await server.signIn('Bo')).cookie })
    await call(server, 'chat', hello, bot.bearer)
    const { user, data } = await classic.next('chat')
    expect([user.name, data, user.image]).toEqual(['Relay (bot)', 'hello', user.id % 10])
  })

  it.for([
    ['unknown', `Bearer ${'A'.repeat(43)}`],
    ['empty', 'Bearer'],
    ['too long', `Bearer ${'A'.repeat(4_000)}`],
    ['with a list', `Bearer ${'A'.repeat(43)}, Bearer ${'B'.repeat(43)}`],
    ['with quotes and brackets', `Bearer "' or 1=1 --<>`],
  ])('with a token that is %s is refused, also with a cookie that is good', async ([, authorization = ''], t) => {
    const { server, anna } = await withBot(t)
    const headers = { authorization, cookie: anna.cookie }
    const answer = await get(server, '/api/me', headers)
    expect(answer).toMatchObject({ status: 401, body: { type: 'error', code: 'forbidden' } })
    expect(answer.headers.get('www-authenticate')).toBe('Bearer')
    expect(await call(server, 'chat', hello, headers)).toMatchObject({ status: 401 })
    await expect(server.connect('/ws/chat', { headers })).rejects.toMatchObject({ status: 401 })
    expect((await get(server, '/api/me', { cookie: anna.cookie })).status).toBe(200)
  })

  it('is nobody by a token in the address, in a cookie, with another scheme or in two headers', async (t) => {
    const { server, bot } = await withBot(t)
    for (const name of ['token', 'access_token', 'authorization', 'bearer'])
      expect((await get(server, `/api/me?${name}=${bot.token}`)).status, name).toBe(401)
    expect((await get(server, '/api/me', { cookie: `session-${server.port}=${bot.token}` })).status).toBe(401)
    expect((await get(server, '/api/me', { authorization: `Basic ${bot.token}` })).status).toBe(401)
    const twice = { Authorization: [bot.bearer.authorization, `Bearer ${'A'.repeat(43)}`] }
    expect((await ask(server.port, '/api/me', { headers: twice as never })).status).toBe(401)
    const header = await server.connect(`/ws/chat?token=${bot.token}`)
    expect((await header.closed).code).toBe(closeCodes.invalidUser)
  })

  it('wins over the cookie of a request that has both', async (t) => {
    const { server, bot, anna } = await withBot(t)
    const both = { ...bot.bearer, cookie: anna.cookie }
    expect((await get(server, '/api/me', both)).body).toMatchObject({ user: { name: 'Relay' } })
    expect((await call(server, 'chat', hello, { ...both, ...foreign })).status).toBe(200)
    expect((await call(server, 'chat', hello, { cookie: anna.cookie, ...foreign })).status).toBe(403)
  })

  it('opens no page, not even with a form', async (t) => {
    const { server, bot } = await withBot(t)
    const response = await fetch(`${server.url}/rooms/lobby`, { headers: bot.bearer, redirect: 'manual' })
    expect([response.status, response.headers.get('location')]).toEqual([302, expect.stringMatching(/^\/signin/)])
    const form = { method: 'POST', body: new URLSearchParams({ data: 'x' }), headers: { ...bot.bearer, ...foreign } }
    expect((await fetch(`${server.url}/rooms/lobby`, form)).status).toBe(403)
  })

  it('that may only read changes nothing for others, over either transport', async (t) => {
    const { server, bot, anna } = await withBot(t, { canWrite: false })
    await call(server, 'chat', hello, { cookie: anna.cookie })
    const forbidden = { status: 403, frame: { code: 'forbidden' } }
    const changes = {
      chat: hello,
      react: { room: 'lobby', key: 'r', ref: 1, data: '🍵', on: true },
      create: { key: 'c', name: 'mine' },
      typing: { room: 'lobby' },
    }
    for (const [command, fields] of Object.entries(changes))
      expect(await call(server, command, fields, bot.bearer), command).toMatchObject(forbidden)
    expect((await call(server, 'history', { room: 'lobby' }, bot.bearer)).frame.messages).toHaveLength(1)
    expect((await call(server, 'read', { room: 'lobby', id: 1 }, bot.bearer)).status).toBe(204)
    const chat = await connectBot(server, bot)
    await chat.open('lobby')
    chat.send({ type: 'chat', ...hello })
    expect(await chat.next('error')).toMatchObject({ code: 'forbidden', key: 'k1' })
    chat.send({ type: 'open', room: 'a new room' })
    expect(await chat.next('error')).toMatchObject({ code: 'no-such-room' })
  })

  it('that is limited to rooms sees no others, and cannot tell them from none', async (t) => {
    const { server, anna } = await withBot(t)
    const chat = await anna.connect()
    await chat.open('green')
    await chat.open('black')
    const bot = await botNamed(server, 'Green bot', { canViewPublic: false, rooms: ['green'] })
    const { rooms } = (await get(server, '/api/rooms', bot.bearer)).body as { rooms: { room: string }[] }
    expect(rooms.map(({ room }) => room)).toEqual(['green'])
    expect((await call(server, 'chat', { ...hello, room: 'green' }, bot.bearer)).status).toBe(200)
    const answers = await Promise.all(
      ['black', 'none'].map(async (room) => await call(server, 'chat', { ...hello, key: room, room }, bot.bearer)),
    )
    for (const { status, frame } of answers) expect([status, frame.code]).toEqual([404, 'no-such-room'])
  })

  it('has limits of its own: a message a second after the first twenty', async (t) => {
    const { server, bot } = await withBot(t, {}, {})
    const statuses: number[] = []
    for (let i = 0; i < 25; i++)
      statuses.push((await call(server, 'chat', { ...hello, key: `k${i}` }, bot.bearer)).status)
    expect(statuses.slice(0, 20)).toEqual(Array(20).fill(200))
    expect(statuses.slice(20)).toContain(429)
  })
})
