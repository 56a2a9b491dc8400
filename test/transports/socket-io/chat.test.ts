/** The stock client of Socket.IO in a room with a WebSocket client. */
import { describe, expect, it } from 'vitest'
import { join, sayMany } from '../../support/clients/chat-clients.ts'
import { socketIoClient, talker, transports } from '../../support/clients/socket-io-client.ts'
import { type Cleanup, startServer } from '../../support/server/server.ts'

async function annaAndBo(t: Cleanup, settings: Record<string, string> = { RATE_LIMITS: 'off' }) {
  const server = await startServer(t, settings)
  return { server, anna: await server.signIn('Anna'), bo: await join(server, 'Bo') }
}

describe.for(transports)('Socket.IO over %s', (transport) => {
  const only = { transports: [transport] }

  it('talks with a WebSocket client in the lobby', async (t) => {
    const { server, anna, bo } = await annaAndBo(t)
    const client = await talker(t, server, anna, only)
    expect(client.socket.io.engine.transport.name).toBe(transport)
    expect((await bo.next('join')).user.name).toBe('Anna')
    expect(await client.ask('talk', 'hello')).toMatchObject({ type: 'sent', room: 'lobby', id: 1 })
    expect(await bo.next('chat')).toMatchObject({ id: 1, data: 'hello', user: { name: 'Anna' } })
    await bo.say('lobby', 'good morning')
    expect(await client.nextWhere('talk')).toEqual(['good morning', expect.objectContaining({ name: 'Bo' })])
  })

  it('hears a message of another user with an id that its own message has in another room', async (t) => {
    const { server, anna, bo } = await annaAndBo(t)
    const client = await talker(t, server, anna, only)
    await client.ask('open', { room: 'tea' })
    expect(await client.ask('chat', { room: 'tea', key: 'k', data: 'mine' })).toMatchObject({ id: 1 })
    await bo.say('lobby', 'theirs')
    expect((await client.nextWhere('talk'))[0]).toBe('theirs')
  })

  it('gives each frame as an event of its type, and each command its answer', async (t) => {
    const { server, anna, bo } = await annaAndBo(t)
    await bo.say('lobby', 'before')
    const client = socketIoClient(t, server, { cookie: anna.cookie, ...only })
    const welcome = await client.next('welcome')
    expect(welcome).toMatchObject({ type: 'welcome', user: { name: 'Anna' } })
    expect(await client.next('opened')).toMatchObject({ room: 'lobby', last: 1, messages: [{ data: 'before' }] })
    expect(client.received.map(({ event }) => event).slice(0, 3)).toEqual(['connect', 'welcome', 'opened'])
    expect(client.socket.id).toMatch(/^[\w-]{20}$/)
    const message = { room: 'lobby', key: 'k1', data: 'with a key' }
    expect(await client.ask('chat', message)).toEqual({ type: 'sent', room: 'lobby', key: 'k1', id: 2 })
    expect(await client.ask('chat', message)).toMatchObject({ type: 'sent', id: 2 })
    expect(await client.ask('history', { room: 'lobby', limit: 1 })).toMatchObject({
      type: 'history',
      messages: [{ id: 2, data: 'with a key' }],
      more: true,
    })
    expect(await client.ask('react', { room: 'lobby', key: 'k2', ref: 1, data: '🍵', on: true })).toMatchObject({
      id: 3,
    })
    expect(await client.next('react')).toMatchObject({ id: 3, ref: 1, data: '🍵' })
    expect(await client.ask('ping')).toEqual({ type: 'pong' })
    // Nothing answers these on a WebSocket: here the client learns that they were carried out.
    expect(await client.ask('read', { room: 'lobby', id: 2 })).toBeUndefined()
    expect(await client.ask('typing', { room: 'lobby' })).toBeUndefined()
    expect((await bo.next('typing')).user.name).toBe('Anna')
  })

  it('sends answers as events to a client that waits for none', async (t) => {
    const { server, anna } = await annaAndBo(t)
    const client = await talker(t, server, anna, only)
    client.socket.emit('talk', 'hello')
    expect(await client.next('sent')).toMatchObject({ room: 'lobby', id: 1 })
    client.socket.emit('history', { room: 'lobby' })
    expect(await client.next('history')).toMatchObject({ messages: [{ data: 'hello' }] })
    client.socket.emit('chat', { room: 'lobby' })
    expect(await client.next('error')).toMatchObject({ code: 'bad-field', command: 'chat', room: 'lobby' })
  })

  it('answers what is no command with an error', async (t) => {
    const { server, anna } = await annaAndBo(t)
    const client = await talker(t, server, anna, only)
    expect(await client.ask('nonsense', {})).toMatchObject({ type: 'error', code: 'unknown-type' })
    expect(await client.ask('__proto__', {})).toMatchObject({ code: 'unknown-type' })
    for (const args of [['text'], [[]], [null], [{}, {}], [1]])
      expect(await client.ask('history', ...args)).toMatchObject({ code: 'bad-frame' })
    expect(await client.ask('history')).toMatchObject({ code: 'bad-field', command: 'history' })
    expect(await client.ask('history', { type: 'chat', room: 'lobby' })).toMatchObject({ type: 'history' })
    for (const text of ['', ' ', 7, null, { data: 'x' }])
      expect(await client.ask('talk', text)).toMatchObject({ type: 'error', code: 'bad-field', command: 'chat' })
    expect(await client.ask('talk', 'x'.repeat(4_001))).toMatchObject({ code: 'too-long' })
    expect(await client.ask('history', { room: '~nowhere' })).toMatchObject({ code: 'not-in-room', room: '~nowhere' })
    expect(await client.ask('talk', 'still here')).toMatchObject({ type: 'sent', id: 1 })
  })

  it('has a room of its own choice, and opens and closes others', async (t) => {
    const { server, anna } = await annaAndBo(t)
    const bo = await join(server, 'Bo', 'tea', '茶馆')
    const client = await talker(t, server, anna, { ...only, auth: { room: 'tea' } })
    await bo.say('tea', 'for talk')
    expect(await client.next('talk')).toBe('for talk')
    expect(await client.ask('talk', 'mine')).toMatchObject({ room: 'tea', id: 2 })
    expect(await client.ask('open', { room: '茶馆' })).toMatchObject({ type: 'opened', room: '茶馆', last: 0 })
    await bo.say('茶馆', 'not for talk')
    expect(await client.nextWhere('chat', ({ room }) => room === '茶馆')).toMatchObject([{ data: 'not for talk' }])
    expect(await client.ask('close', { room: '茶馆' })).toEqual({ type: 'closed', room: '茶馆' })
    await bo.say('茶馆', 'unheard')
    await bo.say('tea', 'heard')
    expect(await client.next('talk')).toBe('heard')
    expect(JSON.stringify(client.received)).not.toContain('unheard')
    expect(client.talks).toEqual([
      ['for talk', 'Bo'],
      ['heard', 'Bo'],
    ])
  })

  it('delivers each message once, in order, while many write at once', async (t) => {
    const { server, anna } = await annaAndBo(t)
    const client = await talker(t, server, anna, only)
    const writers = await Promise.all(Array.from({ length: 10 }, (_, i) => join(server, `Bo ${i}`)))
    await Promise.all(writers.map((bo) => sayMany(bo, 'lobby', 50)))
    await client.nextWhere('chat', ({ id }) => id === 500)
    expect(client.ids).toEqual(Array.from({ length: 500 }, (_, i) => i + 1))
  })

  it('goes on after the last message that the client has had, without loss or double', async (t) => {
    const { server, anna, bo } = await annaAndBo(t)
    let last: number | undefined
    const auth = (give: (auth: object) => void) => give({ room: 'lobby', after: last })
    const client = await talker(t, server, anna, { ...only, auth, reconnectionDelay: 1 })
    client.socket.on('chat', ({ id }) => {
      last = id
    })
    await sayMany(bo, 'lobby', 3)
    await client.nextWhere('chat', ({ id }) => id === 3)
    client.socket.io.engine.close()
    await client.next('disconnect')
    for (let i = 4; i <= 1_200; i++) bo.send({ type: 'chat', room: 'lobby', key: `key ${i}`, data: `missed ${i}` })
    await bo.nextWhere(({ type, id }) => type === 'sent' && id === 1_200)
    client.socket.connect()
    await client.nextWhere('chat', ({ id }) => id === 1_200)
    await bo.say('lobby', 'live')
    await client.nextWhere('talk', (text) => text === 'live')
    expect(client.ids).toEqual(Array.from({ length: 1_201 }, (_, i) => i + 1))
    expect(client.talks).toHaveLength(1_201)
  })
})

describe('Socket.IO', () => {
  it('goes from polls to a WebSocket, and loses nothing on the way', async (t) => {
    const { server, anna, bo } = await annaAndBo(t)
    const client = await talker(t, server, anna)
    let count = 0
    const isWebSocket = () => client.socket.io.engine.transport.name === 'websocket'
    while (!isWebSocket()) await bo.say('lobby', `${++count}`)
    await bo.say('lobby', `${++count}`)
    await client.nextWhere('chat', ({ id }) => id === count)
    expect(client.ids).toEqual(Array.from({ length: count }, (_, i) => i + 1))
  })

  it('does not repeat to a client what it has said itself, on any of the ways to say it', async (t) => {
    const { server, anna, bo } = await annaAndBo(t)
    const [one, other] = [await talker(t, server, anna), await talker(t, server, anna)]
    await one.ask('talk', 'by talk')
    await one.ask('chat', { room: 'lobby', key: 'k', data: 'by chat' })
    await bo.say('lobby', 'of another')
    for (const client of [one, other]) await client.nextWhere('talk', (text) => text === 'of another')
    expect(one.talks).toEqual([['of another', 'Bo']])
    // Another device of the same user is another client.
    expect(other.talks).toEqual([
      ['by talk', 'Anna'],
      ['by chat', 'Anna'],
      ['of another', 'Bo'],
    ])
    expect(one.ids).toEqual([1, 2, 3])
  })

  it('says that a message is of another log, with the newest messages', async (t) => {
    const { server, anna, bo } = await annaAndBo(t)
    await bo.say('lobby', 'the only one')
    for (const auth of [{ after: 77 }, { after: 1, epoch: 'another' }, { after: 1, at: 7 }]) {
      const client = socketIoClient(t, server, { cookie: anna.cookie, auth })
      expect(await client.next('opened')).toMatchObject({ reset: true, last: 1, messages: [{ id: 1 }] })
      await client.ask('ping')
      expect(client.ids).toEqual([])
    }
  })

  it('connects though its room cannot be opened, and says why', async (t) => {
    const { server, anna } = await annaAndBo(t)
    const client = socketIoClient(t, server, { cookie: anna.cookie, auth: { room: '~nowhere' } })
    expect(await client.next('error')).toMatchObject({ code: 'no-such-room', command: 'open', room: '~nowhere' })
    expect(await client.ask('talk', 'hello')).toMatchObject({ code: 'not-in-room', room: '~nowhere' })
    expect(await client.ask('open', { room: 'lobby' })).toMatchObject({ type: 'opened' })
  })

  it('shows its user as online, until they say that they go', async (t) => {
    const { server, anna, bo } = await annaAndBo(t, { RATE_LIMITS: 'off', PRESENCE_GRACE_MS: '600000' })
    const client = await talker(t, server, anna)
    expect((await bo.next('join')).user.name).toBe('Anna')
    client.socket.disconnect()
    expect((await bo.next('left')).user.name).toBe('Anna')
  })

  it('says `bye` when the server stops, and comes back by itself', async (t) => {
    const { server, anna } = await annaAndBo(t)
    const client = await talker(t, server, anna)
    await server.restart()
    expect(await client.next('bye')).toMatchObject({ retryAfterMs: expect.any(Number) })
    expect(await client.next('close')).toEqual({ code: 1012, reason: 'Restart' })
    expect(await client.next('opened')).toMatchObject({ room: 'lobby' })
    expect(await client.ask('talk', 'back')).toMatchObject({ id: 1 })
  })
})
