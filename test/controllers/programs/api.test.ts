/** Commands over HTTP: the same rules as over a WebSocket, and the answering frame as JSON. */
import { describe, expect, it } from 'vitest'
import { commands } from '../../../src/shared/protocol/commands.ts'
import { type Cleanup, type Person, startServer, type TestServer } from '../../support/server/server.ts'

interface Reply {
  status: number
  headers: Headers
  frame: Record<string, unknown> | undefined
}

async function call(
  { url }: TestServer,
  { cookie }: Pick<Person, 'cookie'>,
  command: string,
  fields: unknown = {},
  more: Record<string, string> = {},
): Promise<Reply> {
  const headers = { 'content-type': 'application/json', cookie, ...more }
  const body = typeof fields === 'string' ? fields : JSON.stringify(fields)
  const {
    status,
    headers: got,
    ...response
  } = await fetchOf(`${url}/api/${command}`, { method: 'POST', headers, body })
  return { status, headers: got, frame: response.text ? JSON.parse(response.text) : undefined }
}

async function fetchOf(url: string, init: RequestInit) {
  const response = await fetch(url, init)
  return { status: response.status, headers: response.headers, text: await response.text() }
}

async function get({ url }: TestServer, path: string, cookie = ''): Promise<{ status: number; body: unknown }> {
  const response = await fetch(url + path, { headers: { cookie } })
  return { status: response.status, body: await response.json() }
}

async function annaAndBo(t: Cleanup, settings: Record<string, string> = { RATE_LIMITS: 'off' }) {
  const server = await startServer(t, settings)
  return { server, anna: await server.signIn('Anna'), bo: await server.signIn('Bo') }
}

describe('HTTP API', () => {
  it('sends nothing as another user than the request names', async (t) => {
    const { server, anna, bo } = await annaAndBo(t)
    const fields = { room: 'lobby', key: 'k1', data: 'hello' }
    const as = ({ user }: Person) => ({ 'teahouse-user': String(user.id) })
    expect(await call(server, anna, 'chat', fields, as(bo))).toMatchObject({ status: 401, frame: { type: 'error' } })
    expect(await call(server, anna, 'chat', fields, as(anna))).toMatchObject({ status: 200, frame: { id: 1 } })
  })
  it('stores a message once for each key, and everyone in the room gets it', async (t) => {
    const { server, anna, bo } = await annaAndBo(t)
    const chat = await bo.connect()
    await chat.open('lobby')
    const fields = { room: 'lobby', key: 'k1', data: 'by request' }
    expect(await call(server, anna, 'chat', fields)).toMatchObject({
      status: 200,
      frame: { type: 'sent', room: 'lobby', key: 'k1', id: 1 },
    })
    expect(await chat.next('chat')).toMatchObject({ id: 1, data: 'by request', user: { name: 'Anna' } })
    expect((await call(server, anna, 'chat', fields)).frame).toMatchObject({ id: 1 })
    expect((await call(server, anna, 'chat', { ...fields, data: 'otherwise' })).status).toBe(409)
    const { frame } = await call(server, bo, 'history', { room: 'lobby' })
    expect(frame).toMatchObject({
      type: 'history',
      room: 'lobby',
      messages: [{ id: 1, data: 'by request' }],
      more: false,
    })
  })

  it('takes the key from Idempotency-Key', async (t) => {
    const { server, anna } = await annaAndBo(t)
    const fields = { room: 'lobby', data: 'x' }
    for (let i = 0; i < 2; i++) {
      const { frame } = await call(server, anna, 'chat', fields, { 'idempotency-key': 'by header' })
      expect(frame).toMatchObject({ type: 'sent', key: 'by header', id: 1 })
    }
    expect(
      (await call(server, anna, 'chat', { ...fields, key: 'own' }, { 'idempotency-key': 'no' })).frame,
    ).toMatchObject({
      key: 'own',
    })
  })

  it('shows nobody as online, and leaves no connection behind', async (t) => {
    const { server, anna, bo } = await annaAndBo(t)
    const chat = await bo.connect()
    await chat.open('lobby')
    await call(server, anna, 'chat', { room: 'lobby', key: 'k', data: 'x' })
    expect(await chat.next('chat')).toMatchObject({ data: 'x' })
    const { list, online } = await chat.open('lobby')
    expect([list.map(({ name }) => name), online]).toEqual([['Bo'], 1])
  })

  it('says who asks, and lists their rooms', async (t) => {
    const { server, anna } = await annaAndBo(t)
    await call(server, anna, 'create', { key: 'c', name: 'tea' })
    expect(await get(server, '/api/me', anna.cookie)).toEqual({
      status: 200,
      body: { user: anna.user, role: 'guest', verified: true },
    })
    const { status, body } = await get(server, '/api/rooms', anna.cookie)
    expect(status).toBe(200)
    expect((body as { rooms: { room: string }[] }).rooms.map(({ room }) => room)).toContain('tea')
  })

  it('answers nothing where the protocol has no answer', async (t) => {
    const { server, anna } = await annaAndBo(t)
    await call(server, anna, 'chat', { room: 'lobby', key: 'k', data: 'x' })
    expect(await call(server, anna, 'read', { room: 'lobby', id: 1 })).toMatchObject({ status: 204, frame: undefined })
    expect(await call(server, anna, 'read-all', {})).toMatchObject({ status: 204, frame: undefined })
    expect(await call(server, anna, 'typing', { room: 'lobby' })).toMatchObject({ status: 204, frame: undefined })
  })

  it.for(Object.keys(commands).filter((type) => !['open', 'close', 'ping'].includes(type)))(
    'takes the command %s without an open room',
    async (type, t) => {
      const { server, anna } = await annaAndBo(t)
      const fields = {
        room: 'lobby',
        key: 'k',
        data: 'x',
        ref: 1,
        id: 1,
        on: true,
        user: 2,
        users: [2],
        uses: 1,
        action: 1,
      }
      const { frame } = await call(server, anna, type, {
        ...fields,
        forMs: 60_000,
        find: 'b',
        name: 'n',
        role: 'member',
      })
      expect(['not-in-room', 'unknown-type', 'internal']).not.toContain(frame?.code)
    },
  )
})

describe('HTTP API › refuses with an error frame', () => {
  it.for([
    ['no session', 'chat', {}, { cookie: '' }, 401, 'forbidden'],
    ['an unknown command', 'dance', {}, {}, 404, 'unknown-type'],
    ['what is about a connection', 'open', { room: 'lobby' }, {}, 404, 'unknown-type'],
    ['a missing field', 'chat', { room: 'lobby', data: 'x' }, {}, 400, 'bad-field'],
    ['a message that is too long', 'chat', { room: 'lobby', key: 'k', data: 'x'.repeat(4_001) }, {}, 413, 'too-long'],
    ['a body that is too large', 'chat', { room: 'lobby', key: 'k', data: 'x'.repeat(70_000) }, {}, 413, 'too-long'],
    ['no JSON', 'chat', '{"room":', {}, 400, 'bad-frame'],
    ['a list', 'chat', [], {}, 400, 'bad-frame'],
    ['a form', 'chat', 'room=lobby', { 'content-type': 'application/x-www-form-urlencoded' }, 415, 'bad-frame'],
    ['plain text', 'chat', '{}', { 'content-type': 'text/plain' }, 415, 'bad-frame'],
    ['a room that is not there', 'history', { room: 'nowhere' }, {}, 404, 'no-such-room'],
    ['a message that is not there', 'edit', { room: 'lobby', key: 'k', ref: 9, data: 'x' }, {}, 404, 'no-such-message'],
    ['what only admins may do', 'audit', {}, {}, 403, 'forbidden'],
    [
      'another site',
      'chat',
      { room: 'lobby', key: 'k', data: 'x' },
      { origin: 'https://evil.example' },
      403,
      'forbidden',
    ],
  ] as const)('%s', async ([, command, fields, headers, status, code], t) => {
    const { server, anna } = await annaAndBo(t)
    const reply = await call(server, anna, command, fields, headers)
    expect([reply.status, reply.frame?.type, reply.frame?.code]).toEqual([status, 'error', code])
    expect(reply.frame?.message).toMatch(/^.+\.$/)
    expect(reply.headers.get('content-type')).toMatch(/^application\/json/)
  })

  it('a taken name', async (t) => {
    const { server, anna, bo } = await annaAndBo(t)
    expect((await call(server, anna, 'create', { key: 'c', name: 'tea' })).status).toBe(200)
    expect(await call(server, bo, 'create', { key: 'c', name: 'tea' })).toMatchObject({
      status: 409,
      frame: { code: 'name-taken', command: 'create', key: 'c' },
    })
  })

  it('what comes too fast, with the time to wait', async (t) => {
    const { server, anna } = await annaAndBo(t, {})
    for (let i = 0; ; i++) {
      const reply = await call(server, anna, 'chat', { room: 'lobby', key: `k${i}`, data: 'x' })
      if (reply.status === 200) continue
      expect(reply).toMatchObject({ status: 429, frame: { code: 'too-fast' } })
      expect(Number(reply.headers.get('retry-after'))).toBeGreaterThan(0)
      return
    }
  })

  it('a private room exactly as one that is not there, also after a removal', async (t) => {
    const { server, anna, bo } = await annaAndBo(t)
    for (const one of [anna, bo]) await call(server, one, 'chat', { room: 'lobby', key: 'hello', data: 'hello' })
    const made = await call(server, anna, 'create', { key: 'c', kind: 'private', name: 'secret' })
    const room = String(made.frame?.room)
    await call(server, anna, 'chat', { room, key: 'k', data: 'hidden' })
    const absent = await call(server, bo, 'history', { room: `${room}x` })
    const hidden = await call(server, bo, 'history', { room })
    expect({ ...hidden.frame, room: '' }).toEqual({ ...absent.frame, room: '' })
    await call(server, anna, 'add', { room, key: 'a', users: [bo.user.id] })
    expect((await call(server, bo, 'history', { room })).frame).toMatchObject({ messages: [{ data: 'hidden' }] })
    await call(server, anna, 'kick', { room, key: 'o', user: bo.user.id })
    expect((await call(server, bo, 'history', { room })).status).toBe(404)
    expect((await call(server, bo, 'chat', { room, key: 'k', data: 'x' })).status).toBe(404)
  })

  it('an ended session', async (t) => {
    const { server, anna } = await annaAndBo(t)
    await anna.signOut()
    expect((await call(server, anna, 'history', { room: 'lobby' })).status).toBe(401)
    expect((await get(server, '/api/me', anna.cookie)).status).toBe(401)
    expect((await get(server, '/api/rooms')).status).toBe(401)
  })
})
