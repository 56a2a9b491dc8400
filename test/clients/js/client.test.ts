/** `teahouse-client` against a real server. */
import { describe, expect, it, vi } from 'vitest'
import { CommandError, ConnectionEnded } from '../../../clients/js/src/index.ts'
import { storageInMemory } from '../../../clients/js/src/memory-storage.ts'
import { closeCodes } from '../../../src/shared/protocol/close-codes.ts'
import { startBlockingProxy } from '../../support/blocking-proxy.ts'
import { botNamed } from '../../support/clients/bots.ts'
import { join } from '../../support/clients/chat-clients.ts'
import { uploaded } from '../../support/clients/uploads.ts'
import { stopClock } from '../../support/run/stopped-clock.ts'
import { startServer } from '../../support/server/server.ts'
import { connected, cookieAt, cut, lineTo, swallowAnswers } from './connected.ts'

const ways = [
  { way: 'a WebSocket', blocks: { sockets: false, streams: false }, asks: undefined },
  { way: 'an event stream', blocks: { sockets: true, streams: false }, asks: 'text/event-stream' },
  { way: 'a long poll', blocks: { sockets: true, streams: true }, asks: '*/*' },
]

describe.for(ways)('client over $way', ({ blocks, asks }) => {
  it('sends, receives, asks and is refused', async (t) => {
    const server = await startServer(t)
    const proxy = await startBlockingProxy(t, server.port)
    proxy.blocks = blocks
    const bo = await join(server, 'Bo')
    const li = await server.signIn('Li')
    const { client, texts } = connected(t, { url: proxy.url, cookie: cookieAt(proxy.url, li) })
    const opened = await client.open('lobby')
    expect(opened.list.map(({ name }) => name).toSorted()).toEqual(['Bo', 'Li'])

    const { id } = await client.send('lobby', 'hello')
    expect(await bo.next('chat')).toMatchObject({ id, data: 'hello', user: { name: 'Li' } })
    await bo.say('lobby', 'hi')
    await expect.poll(texts).toEqual(['hello', 'hi'])
    await client.change({ type: 'edit', room: 'lobby', ref: id, data: 'hello!' })
    const { messages } = await client.history(' lobby ', { around: id })
    expect(messages.map(({ data }) => data)).toEqual(['hello!', 'hi'])
    expect(await client.ask({ type: 'users', data: 'B' })).toMatchObject({ data: [{ name: 'Bo' }] })

    const by = { cookie: cookieAt(server.url, li) }
    const file = await uploaded(server, by, { bytes: 'green' })
    const withFile = await client.send('lobby', '', { files: [file] })
    expect(await bo.nextWhere(({ type, id }) => type === 'chat' && id === withFile.id)).toMatchObject({
      files: [{ id: file }],
    })
    await expect(client.send('lobby', '', { files: [file] })).rejects.toMatchObject({ code: 'no-such-file' })

    await expect(client.send('lobby', 'x'.repeat(4_001))).rejects.toMatchObject({
      name: 'CommandError',
      code: 'too-long',
    })
    await expect(client.open('~nowhere')).rejects.toMatchObject({ code: 'no-such-room' })
    await expect(client.send('~nowhere', 'x')).rejects.toMatchObject({ code: 'no-such-room' })
    const streams = proxy.asked.filter((line) => line.startsWith('/api/stream'))
    if (asks) expect(streams.at(-1)).toContain(asks)
    else expect(streams).toEqual([])
  })

  it('is a bot, by its token', async (t) => {
    const server = await startServer(t)
    const proxy = await startBlockingProxy(t, server.port)
    proxy.blocks = blocks
    const { token, user } = await botNamed(server, 'Echo')
    const bo = await join(server, 'Bo')
    const { client } = connected(t, { url: proxy.url, token })
    expect(await client.ready).toEqual(user)
    await client.send('lobby', 'beep')
    expect(await bo.next('chat')).toMatchObject({ data: 'beep', user })
  })

  it('goes on after the server was restarted, with every entry once and in order', async (t) => {
    const server = await startServer(t)
    const proxy = await startBlockingProxy(t, server.port)
    proxy.blocks = blocks
    const bo = await server.signIn('Bo')
    const { client, ids } = connected(t, { url: proxy.url, cookie: cookieAt(proxy.url, await server.signIn('Li')) })
    await client.open('lobby')
    await client.send('lobby', 'before')
    await server.restart()
    const chat = await bo.connect()
    await chat.open('lobby')
    for (let i = 0; i < 3; i++) await chat.say('lobby', `meanwhile ${i}`)
    const { id } = await client.send('lobby', 'after')
    await expect.poll(ids).toContain(id)
    expect(ids()).toEqual(Array.from({ length: ids().length }, (_, i) => (ids()[0] ?? 0) + i))
    expect(ids()).toHaveLength(5)
  })
})

describe('client', () => {
  it('returns to a WebSocket when one comes through again', async (t) => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    t.onTestFinished(() => void vi.useRealTimers())
    const server = await startServer(t)
    const proxy = await startBlockingProxy(t, server.port)
    const { client, texts } = connected(t, { url: proxy.url, token: (await botNamed(server, 'Echo')).token })
    await client.open('lobby')
    await client.send('lobby', 'over HTTP')
    expect(proxy.asked).toContainEqual(expect.stringContaining('/api/chat'))
    proxy.blocks.sockets = false
    const before = proxy.asked.length
    const isWaiting = new Promise((resolve) => client.on('state', ({ state }) => state === 'waiting' && resolve(state)))
    vi.advanceTimersByTime(20_000)
    await isWaiting
    const isOpen = new Promise((resolve) => client.on('state', ({ state }) => state === 'open' && resolve(state)))
    await isOpen
    await client.send('lobby', 'over a WebSocket')
    await expect.poll(texts).toEqual(['over HTTP', 'over a WebSocket'])
    expect(proxy.asked.slice(before)).not.toContainEqual(expect.stringContaining('/api/chat'))
  })

  it.for(['no WebSocket', 'a WebSocket that takes no headers, as in a browser'])(
    'does without a WebSocket: %s',
    async (what, t) => {
      // A browser takes the object for the name of a protocol, and throws.
      class WithoutHeaders {
        constructor() {
          throw new SyntaxError('The subprotocol is invalid.')
        }
      }
      vi.stubGlobal('WebSocket', what === 'no WebSocket' ? undefined : WithoutHeaders)
      t.onTestFinished(() => void vi.unstubAllGlobals())
      const server = await startServer(t)
      const { token } = await botNamed(server, 'Echo')
      const { client, texts } = connected(t, { url: server.url, token })
      await client.send('lobby', 'beep')
      await expect.poll(texts).toEqual(['beep'])
    },
  )

  it('receives what was written while its connection was cut, each entry once and in order', async (t) => {
    const server = await startServer(t, { RATE_LIMITS: 'off' })
    const bo = await join(server, 'Bo')
    const line = await lineTo(t, server)
    const { client, ids } = connected(t, { url: line.url, cookie: cookieAt(line.url, await server.signIn('Li')) })
    const { last } = await client.open('lobby')
    // More than one answer of the server has.
    for (let round = 0; round < 3; round++) {
      cut(line)
      for (let i = 0; i < 250; i++) bo.send({ type: 'chat', room: 'lobby', key: `${round}-${i}`, data: `${i}` })
      await bo.nextWhere(({ type, key }) => type === 'sent' && key === `${round}-249`, 'the last of many')
    }
    await expect.poll(ids).toHaveLength(750)
    expect(ids()).toEqual(Array.from({ length: 750 }, (_, i) => last + 1 + i))
    expect(client.position('lobby')).toMatchObject({ after: last + 750 })
  })

  it('begins at a position that was kept', async (t) => {
    const server = await startServer(t)
    const bo = await join(server, 'Bo')
    const { cookie } = await server.signIn('Li')
    const first = connected(t, { url: server.url, cookie })
    await first.client.open('lobby')
    const seen = await bo.say('lobby', 'seen')
    await expect.poll(first.ids).toEqual([seen])
    const position = first.client.position('lobby')
    first.client.disconnect()
    const missed = [await bo.say('lobby', 'missed'), await bo.say('lobby', 'missed too')]
    const second = connected(t, { url: server.url, cookie })
    await second.client.open('lobby', position)
    expect(second.ids()).toEqual(missed)
  })

  it('says with `reset` that the log is another one', async (t) => {
    const server = await startServer(t)
    const { client, ids } = connected(t, { url: server.url, cookie: (await server.signIn('Li')).cookie })
    const opened = await client.open('lobby', { after: 0, epoch: 'of another log' })
    expect(opened).toMatchObject({ reset: true, messages: [] })
    const { id } = await client.send('lobby', 'hello')
    await expect.poll(ids).toEqual([id])
  })

  it('sends again what was not answered, and it is stored once', async (t) => {
    const server = await startServer(t)
    const bo = await join(server, 'Bo')
    const line = await lineTo(t, server)
    const { client, texts } = connected(t, { url: line.url, cookie: cookieAt(line.url, await server.signIn('Li')) })
    await client.open('lobby')
    swallowAnswers(line)
    const sends = [client.send('lobby', 'one', { key: 'mine' }), client.send('lobby', 'two')]
    const stored = [await bo.next('chat'), await bo.next('chat')].map(({ id, data }) => ({ id, data }))
    expect(stored.map(({ data }) => data)).toEqual(['one', 'two'])
    cut(line)
    expect((await Promise.all(sends)).map(({ id }) => id)).toEqual(stored.map(({ id }) => id))
    expect(await sends[0]).toEqual({ id: stored[0]?.id, key: 'mine' })
    await expect.poll(texts).toEqual(['one', 'two'])
    await client.send('lobby', 'three')
    expect(await bo.next('chat')).toMatchObject({ data: 'three' })
  })

  it('keeps what was sent without a server, and sends it in order', async (t) => {
    const server = await startServer(t)
    const { client, texts } = connected(t, { url: server.url, cookie: (await server.signIn('Li')).cookie })
    await client.open('lobby')
    await server.stop()
    const sends = ['one', 'two', 'three'].map((text) => client.send('lobby', text))
    await server.restart()
    const ids = (await Promise.all(sends)).map(({ id }) => id)
    expect(ids).toEqual(ids.toSorted((a, b) => a - b))
    await expect.poll(texts).toEqual(['one', 'two', 'three'])
  })

  it('gives up a server that does not answer, and sends to it again when it does', async (t) => {
    const server = await startServer(t)
    const bo = await join(server, 'Bo')
    const line = await lineTo(t, server)
    const { client } = connected(t, { url: line.url, cookie: cookieAt(line.url, await server.signIn('Li')) })
    await client.open('lobby')
    const states: string[] = []
    client.on('state', ({ state }) => states.push(state))
    for (const wire of line.proxy.wires) {
      wire.toServer.swallow()
      wire.toClient.swallow()
    }
    const { id } = await client.send('lobby', 'hello')
    expect(await bo.next('chat')).toMatchObject({ id, data: 'hello' })
    expect(states).toEqual(expect.arrayContaining(['waiting', 'connecting', 'open']))
  })

  it('waits for a server that is slow', async (t) => {
    const server = await startServer(t)
    const line = await lineTo(t, server)
    const { client, texts } = connected(t, { url: line.url, cookie: cookieAt(line.url, await server.signIn('Li')) })
    await client.open('lobby')
    for (const wire of line.proxy.wires) wire.toClient.throttle(200, 3_000)
    const { id } = await client.send('lobby', 'hello')
    expect(id).toBeGreaterThan(0)
    await expect.poll(texts).toEqual(['hello'])
  })

  it('waits as long as the server asks when it writes too fast', async (t) => {
    const server = await startServer(t)
    const { client, texts } = connected(t, { url: server.url, cookie: (await server.signIn('Li')).cookie })
    const refused: string[] = []
    const resume = stopClock(t)
    client.on('error', ({ code }) => {
      refused.push(code)
      // As many are on their way at once. Time that came back before would let one of them overtake the others.
      if (refused.length === 8) resume()
    })
    const words = Array.from({ length: 25 }, (_, i) => `word ${i}`)
    await Promise.all(words.map((word) => client.send('lobby', word)))
    expect(refused, 'must be refused for this test to mean anything').toContain('too-fast')
    await expect.poll(texts).toEqual(words)
  })
})

describe('client › outbox', () => {
  it('with a storage sends what an earlier run has not sent, under the same key', async (t) => {
    const server = await startServer(t)
    const bo = await join(server, 'Bo')
    const line = await lineTo(t, server)
    const li = await server.signIn('Li')
    const storage = storageInMemory()
    const first = connected(t, { url: line.url, cookie: cookieAt(line.url, li), storage })
    await first.client.open('lobby')
    swallowAnswers(line)
    const lost = first.client.send('lobby', 'hello', { key: 'k1' })
    const { id } = await bo.next('chat')
    first.client.disconnect()
    await expect(lost).rejects.toMatchObject({ name: 'ConnectionEnded', code: 1000 })
    expect(await storage.all()).toHaveLength(1)
    connected(t, { url: server.url, cookie: li.cookie, storage })
    await expect.poll(() => storage.all()).toEqual([])
    await bo.settle()
    expect(bo.received.filter(({ type }) => type === 'chat').map((entry) => entry.id)).toEqual([id])
  })

  it('begins at a kept position also in a room for which an earlier run has left something', async (t) => {
    const server = await startServer(t)
    const bo = await join(server, 'Bo')
    for (let i = 0; i < 3; i++) await bo.say('lobby', `message ${i}`)
    const li = await server.signIn('Li')
    const storage = storageInMemory()
    await storage.put({ key: 'k1', user: li.user.id, tab: '', room: 'lobby', data: 'late', at: 1 })
    const { client, texts } = connected(t, { url: server.url, cookie: li.cookie, storage })
    await expect.poll(() => storage.all()).toEqual([])
    expect(texts()).toEqual([])
    await client.open('lobby', { after: 1 })
    await expect.poll(texts).toEqual(['message 1', 'message 2', 'late'])
  })

  it('sends although the storage fails', async (t) => {
    const server = await startServer(t)
    const said = vi.spyOn(console, 'error').mockReturnValue()
    t.onTestFinished(() => said.mockRestore())
    const full = () => {
      throw new Error('The disk is full.')
    }
    const storage = { all: full, put: full, remove: full }
    const { client } = connected(t, { url: server.url, cookie: (await server.signIn('Li')).cookie, storage })
    expect(await client.send('lobby', 'hello')).toMatchObject({ id: 1 })
    expect(said).toHaveBeenCalled()
  })

  it('sends nothing that another user has left in the storage', async (t) => {
    const server = await startServer(t)
    const bo = await join(server, 'Bo')
    const storage = storageInMemory()
    await storage.put({ key: 'k1', user: 4_000, tab: '', room: 'lobby', data: 'not mine', at: 1 })
    const { client } = connected(t, { url: server.url, cookie: (await server.signIn('Li')).cookie, storage })
    await client.send('lobby', 'mine')
    await bo.settle()
    expect(bo.received.filter(({ type }) => type === 'chat').map(({ data }) => data)).toEqual(['mine'])
  })

  it('answers for a message that is sent twice under one key', async (t) => {
    const server = await startServer(t)
    const { client, texts } = connected(t, { url: server.url, cookie: (await server.signIn('Li')).cookie })
    const sends = [client.send('lobby', 'once', { key: 'k1' }), client.send('lobby', 'once', { key: 'k1' })]
    const [one, other] = await Promise.all(sends)
    expect(one).toEqual(other)
    expect(await client.send('lobby', 'once', { key: 'k1' })).toEqual(one)
    await client.send('lobby', 'again')
    await expect.poll(texts).toEqual(['once', 'again'])
  })
})

describe('client › room that is lost', () => {
  it('says so, and rejects what waits for it', async (t) => {
    const server = await startServer(t)
    const anna = await join(server, 'Anna')
    const li = await server.signIn('Li')
    const { client } = connected(t, { url: server.url, cookie: li.cookie })
    await client.open('lobby')
    anna.send({ type: 'create', kind: 'private', key: 'c1', name: 'Tea' })
    const { room } = await anna.nextWhere(({ key }) => key === 'c1')
    await anna.ask({ type: 'add', room: String(room), key: 'a1', users: [li.user.id] }, 'done')
    await client.open(String(room))
    const gone = new Promise((resolve) => client.on('room', (news) => 'gone' in news && resolve(news)))
    await anna.ask({ type: 'kick', room: String(room), key: 'k1', user: li.user.id }, 'done')
    expect(await gone).toEqual({ type: 'room', room, gone: true })
    await expect(client.send(String(room), 'hello')).rejects.toMatchObject({ code: 'no-such-room' })
    expect(client.position(String(room))).toBeUndefined()
    await client.send('lobby', 'still here')
  })

  it('is not opened again after the user has left it elsewhere', async (t) => {
    const server = await startServer(t)
    const li = await server.signIn('Li')
    const elsewhere = await li.connect()
    elsewhere.send({ type: 'create', key: 'c1', name: 'tea' })
    const { room } = await elsewhere.nextWhere(({ key }) => key === 'c1')
    const { client } = connected(t, { url: server.url, cookie: li.cookie })
    await client.open(String(room))
    const left = new Promise((resolve) => client.on('room', (news) => 'left' in news && resolve(news)))
    await elsewhere.ask({ type: 'leave', room: String(room), key: 'l1' }, 'done')
    await left
    expect(client.position(String(room))).toBeUndefined()
  })

  it('closes a room when it is asked to', async (t) => {
    const server = await startServer(t)
    const bo = await join(server, 'Bo')
    const { client, texts } = connected(t, { url: server.url, cookie: (await server.signIn('Li')).cookie })
    await client.open('lobby')
    const closed = new Promise((resolve) => client.on('closed', resolve))
    client.close('lobby')
    expect(await closed).toEqual({ type: 'closed', room: 'lobby' })
    await bo.say('lobby', 'unheard')
    await client.ask({ type: 'users', data: 'B' })
    expect(texts()).toEqual([])
  })
})

describe('client › end', () => {
  it('is told when the user signs out, and what waits is deleted', async (t) => {
    const server = await startServer(t)
    const li = await server.signIn('Li')
    const storage = storageInMemory()
    const line = await lineTo(t, server)
    const { client } = connected(t, { url: line.url, cookie: cookieAt(line.url, li), storage })
    await client.open('lobby')
    const ended = new Promise((resolve) => client.on('state', (state) => state.state === 'ended' && resolve(state)))
    for (const wire of line.proxy.wires) wire.toServer.swallow()
    const sent = client.send('lobby', 'too late')
    await expect.poll(() => storage.all()).toHaveLength(1)
    await li.signOut()
    await expect(sent).rejects.toThrow(ConnectionEnded)
    expect(await ended).toMatchObject({ state: 'ended', code: closeCodes.signedOut })
    expect(await storage.all()).toEqual([])
    await expect(client.send('lobby', 'x')).rejects.toMatchObject({ code: closeCodes.signedOut })
    await expect(client.open('tea')).rejects.toMatchObject({ code: closeCodes.signedOut })
    await expect(client.ask({ type: 'blocks' })).rejects.toThrow(CommandError)
  })

  it.for(['a token', 'a cookie'])('comes at once with %s that is wrong', async (what, t) => {
    const server = await startServer(t)
    const options = what === 'a token' ? { token: 'wrong' } : { cookie: `session-${server.port}=wrong` }
    const { client } = connected(t, { url: server.url, ...options })
    await expect(client.ready).rejects.toMatchObject({ name: 'ConnectionEnded', code: closeCodes.invalidUser })
    await expect(client.send('lobby', 'x')).rejects.toMatchObject({ code: closeCodes.invalidUser })
  })

  it.for(['connecting', 'open', 'waiting'])('can be asked for by a listener, when the state is %s', async (at, t) => {
    const server = await startServer(t)
    const line = await lineTo(t, server)
    const { client } = connected(t, { url: line.url, cookie: cookieAt(line.url, await server.signIn('Li')) })
    const states: string[] = []
    client.on('state', ({ state }) => {
      states.push(state)
      if (state === at) client.disconnect()
      if (state === 'open') cut(line)
    })
    await expect.poll(() => states.at(-1)).toBe('ended')
    expect(client.state).toMatchObject({ state: 'ended', code: 1000 })
    expect(line.proxy.wires.size).toBeLessThanOrEqual(1)
    await expect.poll(() => line.proxy.wires.size).toBe(0)
    expect(states.filter((state) => state === 'ended')).toHaveLength(1)
  })

  it('leaves nothing running after `disconnect`', async (t) => {
    const server = await startServer(t)
    const bo = await join(server, 'Bo')
    const { client, texts } = connected(t, { url: server.url, cookie: (await server.signIn('Li')).cookie })
    await client.open('lobby')
    client.disconnect()
    expect(client.state).toEqual({ state: 'ended', code: 1000, reason: undefined })
    expect(await bo.next('left')).toMatchObject({ user: { name: 'Li' } })
    expect(client.emit({ type: 'ping' })).toBe(false)
    expect(texts()).toEqual([])
  })
})

describe('client › listeners', () => {
  it('that throw do not keep others from hearing', async (t) => {
    const server = await startServer(t)
    const { client, texts } = connected(t, { url: server.url, cookie: (await server.signIn('Li')).cookie })
    const thrown: unknown[] = []
    const microtask = vi.spyOn(globalThis, 'queueMicrotask').mockImplementation((task) => {
      Promise.resolve()
        .then(task)
        .catch((error) => thrown.push(error))
    })
    t.onTestFinished(() => void microtask.mockRestore())
    client.on('chat', () => {
      throw new Error('mine')
    })
    const heard = vi.fn()
    client.on('chat', heard)
    const stop = client.on('chat', () => expect.unreachable())
    stop()
    await client.send('lobby', 'hello')
    await expect.poll(texts).toEqual(['hello'])
    expect(heard).toHaveBeenCalledOnce()
    expect(thrown).toEqual([new Error('mine')])
  })
})
