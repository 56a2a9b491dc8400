/** Who may connect with Socket.IO, and how it ends. */
import { describe, expect, it } from 'vitest'
import { botNamed } from '../../support/clients/bots.ts'
import { socketIoClient, talker, transports } from '../../support/clients/socket-io-client.ts'
import { holdNext } from '../../support/server/hold-answer.ts'
import { den, tea } from '../../support/server/populate.ts'
import { startPopulatedServer } from '../../support/server/populated-server.ts'
import { startServer } from '../../support/server/server.ts'

const refusalOf = ([error]: Error[]) => (error as Error & { data?: unknown }).data

describe('Socket.IO › who connects', () => {
  it.for(transports)('tells a client without a session why it may not, over %s', async (transport, t) => {
    const server = await startServer(t)
    for (const cookie of ['', 'session-1=wrong']) {
      const client = socketIoClient(t, server, { cookie, transports: [transport] })
      expect(refusalOf(await client.nextWhere('connect_error'))).toEqual({
        type: 'error',
        code: 'forbidden',
        message: 'Sign in first. A bot sends its token as auth.token.',
      })
      expect(client.received.map(({ event }) => event)).toEqual(['connect_error'])
      // It does not try again by itself.
      expect(client.socket.active).toBe(false)
    }
  })

  it.for(transports)('serves the bot of a token, whatever the cookie says, over %s', async (transport, t) => {
    const server = await startServer(t)
    const anna = await server.signIn('Anna')
    const bot = await botNamed(server, 'Steeper')
    const client = await talker(t, server, anna, { auth: { token: bot.token }, transports: [transport] })
    expect(client.received.find(({ event }) => event === 'welcome')?.args).toMatchObject([
      { user: { name: 'Steeper' } },
    ])
    expect(await client.ask('talk', 'steeped')).toMatchObject({ type: 'sent', id: 1 })
    const byHeader = socketIoClient(t, server, { extraHeaders: bot.bearer, transports: [transport] })
    expect(await byHeader.next('welcome')).toMatchObject({ user: { name: 'Steeper' } })
  })

  it.for([
    ['a token that nobody has', { token: 'x'.repeat(43) }, 'forbidden'],
    ['a token that is none', { token: '' }, 'forbidden'],
    ['a token that is no text', { token: 7 }, 'bad-field'],
    ['a room that is no text', { room: 7 }, 'bad-field'],
    ['a room without a name', { room: ' ' }, 'bad-field'],
    ['a cursor that is no id', { after: '7' }, 'bad-field'],
    ['a cursor below 0', { after: -1 }, 'bad-field'],
    ['an epoch that is no text', { after: 1, epoch: 7 }, 'bad-field'],
  ] as const)('refuses %s, though the cookie is right', async ([, auth, code], t) => {
    const server = await startServer(t)
    const { cookie } = await server.signIn('Anna')
    const client = socketIoClient(t, server, { cookie, auth })
    expect(refusalOf(await client.nextWhere('connect_error'))).toMatchObject({ type: 'error', code })
  })

  it('ignores what it does not know in auth', async (t) => {
    const server = await startServer(t)
    const anna = await server.signIn('Anna')
    const auth = { after: null, pid: 'x', offset: 'y', __proto__: { room: 'tea' }, more: [[[]]] }
    expect((await talker(t, server, anna, { auth })).socket.connected).toBe(true)
  })

  it('refuses one connection more than a user may have, and lets them in again', async (t) => {
    const server = await startServer(t)
    const anna = await server.signIn('Anna')
    const clients = []
    for (let i = 0; i < 20; i++) clients.push(await talker(t, server, anna))
    const refused = socketIoClient(t, server, { cookie: anna.cookie })
    expect(refusalOf(await refused.nextWhere('connect_error'))).toMatchObject({
      code: 'too-fast',
      retryAfterMs: 60_000,
    })
    expect((await (await anna.connect()).closed).code).toBe(4130)
    clients[0]?.socket.disconnect()
    const isIn = () =>
      new Promise((resolve) => {
        const { socket } = socketIoClient(t, server, { cookie: anna.cookie, reconnection: false })
        socket.once('connect', () => resolve(true)).once('connect_error', () => resolve(false))
      })
    await expect.poll(isIn, { timeout: 30_000 }).toBe(true)
  })

  it('refuses a client whose user signs out while it is let in', async (t) => {
    const server = await startServer(t, { RATE_LIMITS: 'off' })
    const anna = await server.signIn('Anna')
    const bo = await (await server.signIn('Bo')).connect()
    await bo.open('lobby')
    const held = await holdNext(t, 'membership')
    const client = socketIoClient(t, server, { cookie: anna.cookie })
    await held.asked
    await anna.signOut()
    held.release()
    expect(await client.next('close')).toEqual({ code: 4002, reason: 'Signed out' })
    await bo.say('lobby', 'not for Anna')
    expect(client.ids).toEqual([])
  })
})

describe.for(transports)('Socket.IO over %s › how it ends', (transport) => {
  const only = { transports: [transport] }

  it('ends with the session, says why, and does not come back by itself', async (t) => {
    const server = await startServer(t)
    const anna = await server.signIn('Anna')
    const bo = await (await server.signIn('Bo')).connect()
    await bo.open('lobby')
    const other = await talker(t, server, await server.signIn('Cai'), only)
    const client = await talker(t, server, anna, only)
    await anna.signOut()
    expect(await client.next('close')).toEqual({ code: 4002, reason: 'Signed out' })
    expect(await client.next('disconnect')).toBe('io server disconnect')
    expect(client.socket.active).toBe(false)
    await bo.say('lobby', 'not for Anna')
    expect(await other.next('talk')).toBe('not for Anna')
    expect(client.ids).toEqual([])
  })

  it('ends with the ban of its user, who is then refused', async (t) => {
    const { server, owen, bo } = await startPopulatedServer(t)
    const client = await talker(t, server, bo.visitor, only)
    await owen.did({ type: 'ban', user: bo.id })
    expect(await client.next('close')).toEqual({ code: 4003, reason: 'Banned' })
    expect(await client.next('disconnect')).toBe('io server disconnect')
    const again = socketIoClient(t, server, { cookie: bo.visitor.cookie, ...only })
    expect(refusalOf(await again.nextWhere('connect_error'))).toMatchObject({ code: 'forbidden' })
  })

  it('hears nothing more of a room that its user has lost, and goes on with the others', async (t) => {
    const { server, anna, bo } = await startPopulatedServer(t)
    const client = await talker(t, server, bo.visitor, { ...only, auth: { room: den } })
    expect(await client.ask('open', { room: tea })).toMatchObject({ type: 'opened' })
    await anna.did({ type: 'chat', room: den, data: 'inside' })
    expect(await client.next('talk')).toBe('inside')
    await anna.did({ type: 'kick', room: den, user: bo.id })
    expect(await client.nextWhere('room', ({ gone }) => gone)).toEqual([{ type: 'room', room: den, gone: true }])
    await anna.did({ type: 'chat', room: den, data: 'secret' })
    await anna.did({ type: 'chat', room: tea, data: 'public' })
    expect(await client.nextWhere('chat', ({ data }) => data === 'public')).toHaveLength(1)
    expect(JSON.stringify(client.received)).not.toContain('secret')
    expect(await client.ask('talk', 'let me in')).toMatchObject({ code: 'not-in-room' })
    expect(await client.ask('open', { room: den, after: 0 })).toMatchObject({ code: 'no-such-room' })
  })
})
