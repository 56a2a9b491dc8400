import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Transport } from '../../../clients/js/src/environment.ts'
import { StreamServer, settled } from '../../client/support/stream-server.ts'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'performance'] })
})

const connected: Transport[] = []

afterEach(() => {
  for (const transport of connected.splice(0)) transport.drop()
  vi.useRealTimers()
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
})

function connect(server: StreamServer): Transport {
  const transport = server.connect()
  connected.push(transport)
  return transport
}

const entry = (id: number) => ({ type: 'chat', room: 'lobby', id })

/** A page that receives a stream. */
async function streaming() {
  const server = new StreamServer()
  const transport = connect(server)
  server.newest.event({ type: 'welcome' }, '')
  await settled()
  return { server, transport }
}

/** A page behind a proxy that holds streams back. Its first poll waits for an answer. */
async function polling() {
  const server = new StreamServer()
  const transport = connect(server)
  await server.pass(2_000)
  return { server, transport }
}

describe('HTTP transport', () => {
  it('goes on after the newest frame when a stream ends that lasted', async () => {
    const { server } = await streaming()
    server.newest.event(entry(41), 'room=lobby:41')
    await server.pass(10_000)
    server.newest.end()
    await settled()
    expect(server.streams).toHaveLength(2)
    expect([...server.newest.query]).toEqual([['room', 'lobby:41']])
    expect(server.newest.accept).toBe('text/event-stream')
    expect(server.closed).toEqual([])
  })

  it('is lost when a stream ends soon', async () => {
    const { server } = await streaming()
    await server.pass(9_000)
    server.newest.end()
    await settled()
    expect(server.streams).toHaveLength(1)
    expect(server.closed).toEqual([[1006, undefined]])
  })

  it.for([
    [401, 4001],
    [403, 1006],
    [503, 1006],
  ] as const)('takes a refusal with status %i for close code %i', async ([status, code]) => {
    const server = new StreamServer()
    connect(server)
    server.newest.answer(new Response('refused by a proxy', { status }))
    await settled()
    expect(server.closed).toEqual([[code, undefined]])
  })

  it('says why a stream was closed', async () => {
    const { server } = await streaming()
    server.newest.event({ code: 4003, reason: 'Banned until 2027-01-01T00:00:00.000Z' }, undefined, 'closed')
    await settled()
    expect(server.closed).toEqual([[4003, 'Banned until 2027-01-01T00:00:00.000Z']])
  })

  it('says why a poll was closed', async () => {
    const { server } = await polling()
    server.newest.json({ frames: [], next: '', closed: { code: 4001, reason: 'Session over' } })
    await settled()
    expect(server.closed).toEqual([[4001, 'Session over']])
  })

  it('names its user in each request after the first frame, so that nothing is sent as somebody else', async () => {
    const server = new StreamServer()
    const transport = connect(server)
    server.newest.event({ type: 'welcome', user: { id: 7, name: 'Li', image: 0 } }, '')
    await settled()
    transport.send(JSON.stringify({ type: 'chat', room: 'lobby', key: 'k', data: 'hello' }))
    transport.send(JSON.stringify({ type: 'open', room: 'lobby' }))
    await server.pass(1_000)
    expect(server.asked.map(({ path, user }) => [path, user])).toEqual([
      ['/api/stream', null],
      ['/api/chat', '7'],
      ['/api/stream', '7'],
    ])
  })

  it('is lost when a command is not answered within 30 seconds, so that it is sent again', async () => {
    vi.spyOn(AbortSignal, 'timeout').mockImplementation((ms) => {
      const late = new AbortController()
      setTimeout(() => late.abort(), ms)
      return late.signal
    })
    const { server, transport } = await streaming()
    transport.send(JSON.stringify({ type: 'chat', room: 'lobby', key: 'k', data: 'hello' }))
    await server.pass(29_000)
    expect(server.asked.map(({ path }) => path)).toContain('/api/chat')
    expect(server.closed).toEqual([])
    await server.pass(1_000)
    expect(server.closed).toEqual([[1006, undefined]])
  })

  it('tries a stream again ten minutes after one that did not begin', async () => {
    const { server } = await polling()
    expect(server.newest.accept).toBeUndefined()
    await server.pass(600_000)
    server.newest.json({ frames: [entry(41)], next: 'room=lobby:41' })
    await server.pass(400)
    expect(server.newest.accept).toBe('text/event-stream')
  })

  it('polls on other connections too while a stream did not begin', async () => {
    const { server, transport } = await polling()
    transport.drop()
    connect(server)
    expect(server.newest.accept).toBeUndefined()
  })

  it('opens as many rooms as fit into a query, and the others when these are answered', async () => {
    const { server, transport } = await streaming()
    const rooms = Array.from({ length: 50 }, (_, i) => `${'茶'.repeat(12)}${i}`)
    for (const room of rooms)
      transport.send(JSON.stringify({ type: 'open', room, after: 12_345, at: 1_700_000_000_000, epoch: 'a4c81f' }))
    const opened: string[] = []
    for (let turn = 0; opened.length < rooms.length && turn < 9; turn++) {
      await server.pass(20)
      const { newest } = server
      expect(newest.length).toBeLessThanOrEqual(8_192)
      for (const room of newest.opens) {
        opened.push(room)
        const next = opened.map((one) => `room=${encodeURIComponent(one)}:12345`).join('&')
        newest.event({ type: 'opened', room }, next)
      }
      await settled()
    }
    expect(opened.toSorted()).toEqual(rooms.toSorted())
    const { length } = server.streams
    expect(length).toBeGreaterThan(2)
    await server.pass(1_000)
    expect(server.streams).toHaveLength(length)
  })

  it('names at most 100 rooms in a query', async () => {
    const { server, transport } = await streaming()
    server.newest.event(entry(1), Array.from({ length: 99 }, (_, i) => `room=${i}:1`).join('&'))
    await settled()
    for (const room of ['98', 'new', 'newer']) transport.send(JSON.stringify({ type: 'open', room, after: 1 }))
    await server.pass(20)
    expect(server.newest.opens).toEqual(['98', 'new'])
    expect(server.newest.query.size).toBe(100)
  })

  it('lets a room be asked for later for which the other rooms leave no place', async () => {
    const { server, transport } = await streaming()
    const full = Array.from({ length: 40 }, (_, i) => `room=${encodeURIComponent('茶'.repeat(20))}${i}:1`).join('&')
    server.newest.event(entry(1), full)
    await settled()
    transport.send(JSON.stringify({ type: 'open', room: '茶'.repeat(50) }))
    await server.pass(20)
    expect(server.newest.opens).toEqual([])
    expect(server.received.at(-1)).toMatchObject({
      type: 'error',
      command: 'open',
      code: 'unavailable',
      room: '茶'.repeat(50),
      retryAfterMs: 60_000,
    })
  })

  it('asks for `welcome` when it polls without a room, and not often', async () => {
    const { server } = await polling()
    server.newest.json({ frames: [{ type: 'welcome' }, { type: 'opened', room: 'lobby' }], next: 'room=lobby:41' })
    await server.pass(400)
    expect([...server.newest.query]).toEqual([['room', 'lobby:41']])
    server.newest.json({ frames: [{ type: 'room', room: 'lobby', gone: true }], next: '' })
    await server.pass(4_000)
    const before = server.streams.length
    await server.pass(1_000)
    expect(server.streams).toHaveLength(before + 1)
    expect([...server.newest.query]).toEqual([['welcome', '']])
  })

  describe('what was missed between two requests', () => {
    const lobby = { room: 'lobby', last: 44, read: 41, unread: 3, mentions: 0 }

    /** The requests for it are waiting. */
    async function refreshing() {
      const { server, transport } = await streaming()
      await server.pass(20_000)
      const [rooms, me] = server.asked.filter(({ path }) => path !== '/api/stream')
      expect([rooms?.path, me?.path]).toEqual(['/api/rooms', '/api/me'])
      const answer = async () => {
        rooms?.json({ rooms: [lobby] })
        me?.json({ role: 'admin' })
        await settled()
      }
      return { server, transport, answer }
    }

    it('is asked for with the next probe, once', async () => {
      const { server, answer } = await refreshing()
      await answer()
      expect(server.received.slice(1)).toEqual([
        { type: 'role', role: 'admin' },
        { type: 'room', ...lobby },
      ])
      const { length } = server.asked
      await server.pass(60_000)
      expect(server.asked).toHaveLength(length)
    })

    it('is asked for again when something newer came before the answer', async () => {
      const { server, answer } = await refreshing()
      server.newest.event({ type: 'read', room: 'lobby', id: 44 }, 'room=lobby:44')
      await settled()
      await answer()
      expect(server.received.slice(1)).toEqual([{ type: 'read', room: 'lobby', id: 44 }])
      const { length } = server.asked
      await server.pass(20_000)
      expect(server.asked).toHaveLength(length + 2)
    })

    it('is asked for again when the user did something before the answer', async () => {
      const { server, transport, answer } = await refreshing()
      transport.send(JSON.stringify({ type: 'leave', room: 'lobby', key: 'k1' }))
      await answer()
      expect(server.received).toHaveLength(1)
    })
  })
})
