/** What a client of Socket.IO may not do, and what it then is told. */
import { describe, expect, it } from 'vitest'
import { join, sayMany } from '../../support/clients/chat-clients.ts'
import { RawEngine, type RawSocket } from '../../support/clients/raw-engine.ts'
import { talker, transports } from '../../support/clients/socket-io-client.ts'
import { memberNamed } from '../../support/clients/visitor.ts'
import { patienceMs } from '../../support/run/timeouts.ts'
import { type Cleanup, startServer } from '../../support/server/server.ts'

const separator = '\x1e'

/** A WebSocket that is connected as a client of Socket.IO, and has its room open. */
async function connected(t: Cleanup, settings: Record<string, string> = {}) {
  const server = await startServer(t, settings)
  const anna = await server.signIn('Anna')
  const engine = new RawEngine(server.url, { cookie: anna.cookie })
  const socket = await engine.openSocket()
  socket.send('40')
  await until(socket, '42["opened"')
  return { server, anna, engine, socket }
}

async function until(socket: RawSocket, beginning: string): Promise<string> {
  for (;;) {
    const packet = await socket.nextPacket()
    if (packet.toString().startsWith(beginning)) return packet.toString()
  }
}

describe.for(transports)('Socket.IO over %s', (transport) => {
  const only = { transports: [transport] }

  it('refuses messages that come too fast, and says when the next one may', async (t) => {
    const server = await startServer(t)
    const client = await talker(t, server, await server.signIn('Anna'), only)
    const answers = await Promise.all(Array.from({ length: 15 }, (_, i) => client.ask('talk', `${i}`)))
    const refused = answers.filter(({ type }) => type === 'error')
    expect(answers.filter(({ type }) => type === 'sent').length).toBeGreaterThanOrEqual(10)
    expect(refused.length).toBeGreaterThan(0)
    expect(refused[0]).toMatchObject({ code: 'too-fast', command: 'chat', retryAfterMs: expect.any(Number) })
  })

  it('closes a flood of commands, and not a few mistakes', async (t) => {
    const server = await startServer(t)
    const client = await talker(t, server, await server.signIn('Anna'), only)
    for (let i = 0; i < 40; i++) expect(await client.ask('nonsense')).toMatchObject({ type: 'error' })
    for (let i = 0; i < 1_000; i++) client.socket.emit('nonsense')
    expect(await client.next('close')).toEqual({ code: 4129, reason: 'Too many frames' })
    expect(await client.next('disconnect')).toBe('io server disconnect')
  })

  it('carries out a large number of commands in order', async (t) => {
    const server = await startServer(t, { RATE_LIMITS: 'off' })
    const client = await talker(t, server, await server.signIn('Anna'), only)
    const texts = Array.from({ length: 200 }, (_, i) => `${i} ${'x'.repeat(1_000)}`)
    const answers = await Promise.all(texts.map((text) => client.ask('talk', text)))
    expect(answers.map(({ id }) => id)).toEqual(texts.map((_, i) => i + 1))
  })
})

describe('Socket.IO › malformed', () => {
  it.for([
    ['no packet', 'abc'],
    ['an unknown packet', '49'],
    ['an event without a name', '42[]'],
    ['an event that is an object', '42{}'],
    ['an event of a reserved name', '42["disconnect"]'],
    ['an event that is no JSON', '42["talk"'],
    ['an event with a wrong id', '42x["talk"]'],
    ['an event of another namespace', '42/admin,["talk","x"]'],
    ['a second connect', '40'],
    ['a connect with a list', '40[]'],
    ['a message with very many attachments', `45${'9'.repeat(300)}-["talk"]`],
    ['an answer with attachments', '461-1[{"_placeholder":true,"num":0}]'],
    ['a ping of the server’s', '2'],
    ['JSON that is very deep', `42["talk",${'['.repeat(16_000)}`],
  ])('closes a client that sends %s', async ([, packet = ''], t) => {
    const { socket } = await connected(t)
    socket.send(packet.startsWith('4') || packet === 'abc' || packet === '2' ? packet : `4${packet}`)
    expect([1003, 1005]).toContain(await socket.closed)
  })

  it('survives JSON of any shape', async (t) => {
    const { server, socket } = await connected(t, { RATE_LIMITS: 'off' })
    const deep = `${'['.repeat(3_000)}${']'.repeat(3_000)}`
    const shapes = [
      'null',
      '0',
      '-1',
      '1e400',
      '""',
      '[]',
      '{}',
      deep,
      '{"__proto__":{"room":"lobby"}}',
      '{"toJSON":1}',
    ]
    const names = ['"talk"', '"open"', '"error"', '"__proto__"', '"constructor"', '"toString"', '7', '""']
    const events = names.flatMap((name) => shapes.flatMap((shape) => [`${name},${shape}`, `${name},${shape},${shape}`]))
    for (const [i, event] of events.entries()) {
      socket.send(`42${i}[${event}]`)
      expect(await until(socket, `43${i}[`)).toContain('"type":"error"')
    }
    expect(Object.prototype).not.toHaveProperty('room')
    socket.send('429999["talk","still here"]')
    expect(await until(socket, '439999')).toContain('"sent"')
    expect((await (await server.signIn('Bo')).connect()).socket).toBeDefined()
  })

  it('refuses namespaces that do not exist, a few times', async (t) => {
    const { socket } = await connected(t)
    socket.send('40/admin,')
    expect(await until(socket, '44')).toBe('44/admin,{"message":"Invalid namespace"}')
    for (let i = 0; i < 1_000; i++) socket.send(`40/${i},`)
    await socket.closed
    expect(socket.received.filter((packet) => packet.toString().startsWith('44')).length).toBeLessThan(5)
  })

  it('closes a client that asks to be connected twice at once', async (t) => {
    const server = await startServer(t)
    const { cookie } = await server.signIn('Anna')
    const engine = new RawEngine(server.url, { cookie })
    const sid = await engine.open()
    expect((await engine.post(sid, ['40', '40', '40'].join(separator))).status).toBe(200)
    expect(await (await engine.poll(sid)).text()).toMatch(/44\{"message":"This connection is in use\."/)
    await expect.poll(async () => (await engine.poll(sid)).status, { timeout: patienceMs }).toBe(400)
  })

  it('takes no message and no request of more than 32 KiB', async (t) => {
    const { engine, socket } = await connected(t, { RATE_LIMITS: 'off' })
    const text = (bytes: number) => `42["x","${'x'.repeat(bytes - 10)}"]`
    socket.send(text(32 * 1024))
    await until(socket, '42["error"')
    socket.send(text(32 * 1024 + 1))
    expect(await until(socket, '42["close"')).toContain('"code":1009')
    await socket.closed
    const sid = await engine.open()
    await engine.post(sid, '40')
    expect((await engine.post(sid, text(32 * 1024))).status).toBe(200)
    await engine.post(sid, text(32 * 1024 + 1))
    let got = ''
    while (!got.includes('42["close"')) got += await (await engine.poll(sid)).text()
    expect(got).toContain('"code":1009')
  })

  it.for([
    ['packets that nothing answers', '3'],
    ['answers that nobody waits for', '437["x"]'],
  ])('closes a flood of %s', async ([, packet = ''], t) => {
    const { socket } = await connected(t)
    for (let i = 0; i < 1_000; i++) socket.send(packet)
    expect(await until(socket, '42["close"')).toContain('4129')
    await socket.closed
  })

  it('closes a flood of pings of the WebSocket, and answers a few', async (t) => {
    const { socket } = await connected(t)
    const pong = new Promise((resolve) => socket.ws.once('pong', resolve))
    socket.ws.ping()
    await pong
    for (let i = 0; i < 1_000; i++) socket.ws.ping()
    expect(await socket.closed).toBe(4129)
  })

  it('closes polls that overlap, and their session', async (t) => {
    const { engine } = await connected(t)
    const sid = await engine.open()
    const statuses = await Promise.all(Array.from({ length: 5 }, async () => (await engine.poll(sid)).status))
    expect(statuses.filter((status) => status === 200).length).toBeLessThanOrEqual(1)
    expect((await engine.poll(sid)).status).toBe(400)
  })

  it('forgets a session that connects to nothing', async (t) => {
    const server = await startServer(t)
    const socket = await new RawEngine(server.url).openSocket()
    expect(await socket.closed).toBe(1005)
  })
})

describe('Socket.IO › a client that never connects', () => {
  it('takes no place of a guest, however often it comes', async (t) => {
    const server = await startServer(t, { MAX_CONNECTIONS: '40' })
    const guests = await Promise.all(
      Array.from({ length: 15 }, async (_, i) => await (await server.signIn(`Guest ${i}`)).connect()),
    )
    const { cookie } = await memberNamed(server, 'Hostile')
    const engine = new RawEngine(server.url, { cookie })
    const sockets = Array.from({ length: 100 }, () => engine.socket())
    // Each has its handshake, or was refused.
    await Promise.all(sockets.map((socket) => socket.next().catch(() => undefined)))
    expect(sockets.filter(({ received }) => received.length).length, 'some have a place').toBeGreaterThan(0)
    for (const guest of guests) await guest.settle()
  })
  it('is forgotten in a room that it opens as it goes', async (t) => {
    const server = await startServer(t, { RATE_LIMITS: 'off' })
    const anna = await (await server.signIn('Anna')).connect()
    await anna.open('tea')
    const eve = await server.signIn('Eve')
    const engine = new RawEngine(server.url, { cookie: eve.cookie })
    const sid = await engine.open()
    await engine.post(sid, '40')
    let got = ''
    while (!got.includes('"opened"')) got += await (await engine.poll(sid)).text()
    await engine.post(sid, '42["open",{"room":"tea"}]\x1e41')
    await server.signIn('Eve')
    await expect
      .poll(async () => (await anna.open('tea')).list.map(({ name }: { name: string }) => name))
      .toEqual(['Anna'])
    await anna.settle()
    expect((await anna.open('tea')).list).toHaveLength(1)
  })
  it('is refused more requests at once than a client makes', async (t) => {
    const server = await startServer(t)
    const engine = new RawEngine(server.url, { cookie: (await server.signIn('Eve')).cookie })
    const sid = await engine.open()
    const statuses = await Promise.all(
      Array.from({ length: 200 }, async () => (await engine.request(`EIO=4&transport=websocket&sid=${sid}`)).status),
    )
    expect(new Set(statuses)).toEqual(new Set([400, 429]))
  })
})

describe('Socket.IO › a client that reads slowly', () => {
  it.for(transports)('is not given more than it takes, and later all of it once, over %s', async (transport, t) => {
    const server = await startServer(t, { RATE_LIMITS: 'off' })
    const anna = await server.signIn('Anna')
    const engine = new RawEngine(server.url, { cookie: anna.cookie })
    const writers = await Promise.all(Array.from({ length: 20 }, (_, i) => join(server, `Bo ${i}`)))
    const reader = transport === 'polling' ? await pollingReader(engine) : await socketReader(engine)
    const before = process.memoryUsage().arrayBuffers
    const each = 80
    const count = writers.length * each
    // Soon enough for a client that does not answer the first ping meanwhile.
    await Promise.all(writers.map((bo) => sayMany(bo, 'lobby', each, 'x'.repeat(3_900))))
    const grown = process.memoryUsage().arrayBuffers - before
    const ids: number[] = []
    while (ids.length < count)
      for (const [, id] of (await reader()).matchAll(/42\["chat",\{"id":(\d+),/g)) ids.push(Number(id))
    expect(ids).toEqual(Array.from({ length: count }, (_, i) => i + 1))
    expect(grown).toBeLessThan(100 * 2 ** 20)
  })

  /** Polls when it is asked to, and answers pings. */
  async function pollingReader(engine: RawEngine): Promise<() => Promise<string>> {
    const sid = await engine.open()
    await engine.post(sid, '40')
    const poll = async () => {
      const response = await engine.poll(sid)
      expect(response.status).toBe(200)
      const text = await response.text()
      if (text.split(separator).includes('2')) await engine.post(sid, '3')
      return text
    }
    while (!(await poll()).includes('42["opened"')) {}
    return poll
  }

  async function socketReader(engine: RawEngine): Promise<() => Promise<string>> {
    const socket = await engine.openSocket()
    socket.send('40')
    await until(socket, '42["opened"')
    socket.ws.pause()
    return async () => {
      socket.ws.resume()
      const packet = await socket.next()
      if (packet === '2') socket.send('3')
      return packet.toString()
    }
  }
})
