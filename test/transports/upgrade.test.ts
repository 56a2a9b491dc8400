import { once } from 'node:events'
import { request } from 'node:http'
import { connect as connectTcp, type Socket } from 'node:net'
import { describe, expect, it, vi } from 'vitest'
import { closeCodes } from '../../src/shared/protocol/close-codes.ts'
import { closeFrameOf, frameOf } from '../attack/socket/frames.ts'
import { RawConnection, upgradeRequest } from '../attack/socket/raw-connection.ts'
import { ask } from '../http/raw-request.ts'
import { ownerNamed } from '../support/clients/visitor.ts'
import { mapConcurrently } from '../support/run/map-concurrently.ts'
import { type Cleanup, startServer, type TestServer } from '../support/server/server.ts'

const handshake = {
  Connection: 'Upgrade',
  Upgrade: 'websocket',
  'Sec-WebSocket-Version': '13',
  'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
}

/** The answer to a handshake with these headers over the usual ones. */
function upgrade(server: TestServer, path: string, headers: Record<string, string> = {}) {
  return new Promise<{ status: number; headers: Record<string, unknown>; body: string }>((resolve, reject) => {
    const handshaking = request(`${server.url}${path}`, { headers: { ...handshake, ...headers } })
    handshaking.on('upgrade', (response, socket) => {
      socket.destroy()
      resolve({ status: response.statusCode ?? 0, headers: response.headers, body: '' })
    })
    handshaking.on('response', async (response) => {
      const chunks = await response.toArray()
      resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks).toString() })
    })
    handshaking.on('error', reject)
    handshaking.end()
  })
}

/** An upgrade of a client with that address, as the trusted proxy reports it. The socket stays open. */
async function connectFrom(t: Cleanup, port: number, address: string): Promise<{ status: number; socket: Socket }> {
  const socket = connectTcp(port, '127.0.0.1').on('error', () => {})
  t.onTestFinished(() => void socket.destroy())
  socket.write(upgradeRequest().replace('\r\n', `\r\nX-Forwarded-For: ${address}\r\n`))
  const [head] = await once(socket, 'data')
  return { status: Number(String(head).slice(9, 12)), socket }
}

describe('upgrade', () => {
  it('is accepted at /ws/echo and /ws/chat, with any query, and nowhere else', async (t) => {
    const server = await startServer(t)
    for (const path of ['/ws/echo', '/ws/chat', '/ws/chat?room=lobby']) {
      expect((await upgrade(server, path)).status, path).toBe(101)
    }
    for (const path of ['/', '/ws', '/ws/', '/ws/chat/', '/ws/other', '/ws/chatter', '/WS/chat', '/ws//chat']) {
      expect((await upgrade(server, path)).status, path).toBe(404)
    }
  })
  it('is accepted from our own origin or without one', async (t) => {
    const server = await startServer(t)
    expect((await upgrade(server, '/ws/chat')).status).toBe(101)
    expect((await upgrade(server, '/ws/chat', { Origin: server.url })).status).toBe(101)
    for (const path of ['/ws/chat', '/ws/echo']) {
      for (const origin of [
        'http://evil.example',
        'null',
        `https://127.0.0.1:${server.port}`,
        `${server.url}.evil.example`,
      ]) {
        expect((await upgrade(server, path, { Origin: origin })).status, origin).toBe(403)
      }
    }
  })
  it('is limited to 1,000 connections of a network, over all of its addresses (SECURITY-REVIEW 10)', async (t) => {
    const server = await startServer(t, { TRUST_PROXY: '127.0.0.1' })
    const from = (address: string) => connectFrom(t, server.port, address)
    const open: Socket[] = []
    for (let n = 0; n < 1_000; n += 100) {
      const addresses = Array.from({ length: 100 }, (_, i) => `2001:db8:0:7:${(n + i).toString(16)}::1`)
      open.push(...(await Promise.all(addresses.map((address) => from(address).then(({ socket }) => socket)))))
    }
    expect((await from('2001:0DB8::7:ffff:0:0:9')).status).toBe(429)
    expect((await from('2001:db8:0:8::1')).status).toBe(101)
    expect((await from('203.0.113.9')).status).toBe(101)
    for (const socket of open) socket.destroy()
    // A closed connection is not counted any more.
    await vi.waitFor(async () => expect((await from('2001:db8:0:7::9')).status).toBe(101), { timeout: 100_000 })
  })
  it.for(['https', 'wss', 'HTTPS', 'https, https'])(
    'comes from our own origin over %s, as a trusted proxy says, and so does a form (FAULTS 12)',
    async (proto, t) => {
      const server = await startServer(t, { TRUST_PROXY: '127.0.0.1' })
      const headers = { Host: 'tea.example', Origin: 'https://tea.example', 'X-Forwarded-Proto': proto }
      expect((await upgrade(server, '/ws/echo', headers)).status).toBe(101)
      expect((await upgrade(server, '/ws/echo', { ...headers, Origin: 'http://tea.example' })).status).toBe(403)
      const form = { method: 'POST', headers, body: 'name=Anna' }
      expect((await ask(server.port, '/signin', form)).status).not.toBe(403)
    },
  )
  it('is accepted from the allowed origins', async (t) => {
    const server = await startServer(t, { ALLOWED_ORIGINS: 'https://club.example' })
    expect((await upgrade(server, '/ws/chat', { Origin: 'https://club.example' })).status).toBe(101)
    expect((await upgrade(server, '/ws/chat', { Origin: 'http://club.example' })).status).toBe(403)
  })
  it('selects chat.v1 when it is offered, and refuses unknown protocols', async (t) => {
    const server = await startServer(t)
    const offer = (offered: string) => upgrade(server, '/ws/chat', { 'Sec-WebSocket-Protocol': offered })
    expect((await offer('chat.v1')).headers['sec-websocket-protocol']).toBe('chat.v1')
    expect((await offer('chat.v2, chat.v1')).headers['sec-websocket-protocol']).toBe('chat.v1')
    expect((await upgrade(server, '/ws/chat')).headers['sec-websocket-protocol']).toBeUndefined()
    expect((await offer('chat.v2')).status).toBe(400)
    expect((await offer('chat')).status).toBe(400)
  })
  it('is refused with a readable body, and the connection is closed', async (t) => {
    const server = await startServer(t)
    const refused = await upgrade(server, '/ws/chat', { Origin: 'http://evil.example' })
    expect(refused.headers.connection).toBe('close')
    expect(refused.headers['content-type']).toBe('text/plain; charset=utf-8')
    expect(refused.body).toMatch(/origin is not allowed/)
  })
  it('is refused with 503 and Retry-After when the server is full', async (t) => {
    const server = await startServer(t, { MAX_CONNECTIONS: '2' })
    const anna = await server.signIn('Anna')
    const [first] = [await anna.connect(), await anna.connect()]
    const refused = await upgrade(server, '/ws/chat')
    expect(refused.status).toBe(503)
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0)
    await first.close()
    expect((await upgrade(server, '/ws/chat')).status).toBe(101)
  })
  it('closes a socket without a session when the server or a network is full', async (t) => {
    const server = await startServer(t, { MAX_CONNECTIONS: '1100', TRUST_PROXY: '127.0.0.1' })
    const from = (address: string) => ({ headers: { 'X-Forwarded-For': address } })
    const anna = await server.signIn('Anna')
    const sessionless = await mapConcurrently(
      Array.from({ length: 1_100 }, (_, i) => (i < 1_000 ? '203.0.113.9' : '203.0.113.7')),
      50,
      (address) => server.connect('/ws/echo', from(address)),
    )
    await expect(server.connect('/ws/echo', from('203.0.113.9'))).rejects.toMatchObject({ status: 429 })
    await expect(server.connect('/ws/echo', from('203.0.113.7'))).rejects.toMatchObject({ status: 503 })
    await (await anna.connect(from('203.0.113.9'))).next('welcome')
    await Promise.any(sessionless.map(({ closed }) => closed))
    await (await anna.connect(from('203.0.113.5'))).next('welcome')
    for (const { socket } of sessionless) socket.terminate()
  })
  it('closes a socket of the user with the most sockets, and one of a guest for an account', async (t) => {
    const server = await startServer(t, { MAX_CONNECTIONS: '3' })
    const [anna, bo, cleo] = [await server.signIn('Anna'), await server.signIn('Bo'), await server.signIn('Cleo')]
    const owner = await ownerNamed(server, 'Owen')
    const ofAnna = [await anna.connect(), await anna.connect(), await anna.connect()]
    const [ofBo, ofCleo] = [await bo.connect(), await cleo.connect()]
    const codes = await Promise.all(ofAnna.slice(0, 2).map(async ({ closed }) => (await closed).code))
    expect(codes).toEqual([closeCodes.gaveWay, closeCodes.gaveWay])
    // Nobody has more than they would have then.
    await expect(anna.connect()).rejects.toMatchObject({ status: 503 })
    const chat = { protocol: 'chat.v1', cookie: owner.cookie }
    for (let n = 0; n < 3; n++) await (await server.connect('/ws/chat', chat)).next('welcome')
    for (const { closed } of [...ofAnna, ofBo, ofCleo]) expect((await closed).code).toBe(closeCodes.gaveWay)
    await expect(cleo.connect()).rejects.toMatchObject({ status: 503 })
  })
  it('closes the 21st connection of one user with a code that says why, and not those of other users (FAULTS 22)', async (t) => {
    const server = await startServer(t)
    const [anna, bo] = [await server.signIn('Anna'), await server.signIn('Bo')]
    await Promise.all(Array.from({ length: 20 }, () => anna.connect()))
    const refused = await anna.connect()
    expect(await refused.closed).toEqual({ code: closeCodes.tooManyConnections, reason: 'Too many connections' })
    expect(refused.received).toEqual([])
    await bo.connect()
  })
  it('is not refused to a guest when other sessions that typed the name have 20 connections', async (t) => {
    const server = await startServer(t)
    const [anna, typed] = [await server.signIn('Anna'), await server.signIn('Anna')]
    await Promise.all(Array.from({ length: 20 }, () => typed.connect()))
    expect((await (await typed.connect()).closed).code).toBe(closeCodes.tooManyConnections)
    await (await anna.connect()).next('welcome')
  })
  it('closes with 4001 before anything is sent when the cookie is invalid', async (t) => {
    const server = await startServer(t)
    const { cookie } = await server.signIn('Anna')
    for (const bad of [undefined, '', 'identity=', 'identity=x', `${cookie}x`, 'other=1']) {
      const chat = await server.connect('/ws/chat', { protocol: 'chat.v1', ...(bad !== undefined && { cookie: bad }) })
      expect(await chat.closed, bad).toEqual({ code: 4001, reason: 'Invalid user' })
      expect(chat.received).toEqual([])
    }
    const chat = await server.connect('/ws/chat', { protocol: 'chat.v1', cookie: `other=1; ${cookie}` })
    expect((await chat.next('welcome')).user.name).toBe('Anna')
  })
  it('ignores other upgrades: h2c is served as plain HTTP', async (t) => {
    const server = await startServer(t)
    expect((await upgrade(server, '/healthz', { Upgrade: 'h2c', Connection: 'Upgrade' })).status).toBe(200)
  })
  it('survives clients that reset at any moment', async (t) => {
    const server = await startServer(t)
    const { cookie } = await server.signIn('Anna')
    const text = `GET /ws/chat HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nCookie: ${cookie}\r\n${Object.entries(
      handshake,
    )
      .map(([name, value]) => `${name}: ${value}\r\n`)
      .join('')}\r\n`
    for (let cut = 0; cut <= text.length; cut += 7) {
      const socket = connectTcp(server.port, '127.0.0.1')
      socket.on('error', () => {})
      await once(socket, 'connect')
      const closed = once(socket, 'close')
      // The written data is on its way before the reset.
      socket.write(text.slice(0, cut), () => socket.resetAndDestroy())
      await closed
    }
    const chat = await (await server.signIn('Bo')).connect()
    expect((await chat.open('lobby')).online).toBe(1)
  })
})

describe('/ws/echo', () => {
  it('answers text with "ECHO: " in front, without a session', async (t) => {
    const server = await startServer(t)
    const echo = await server.connect('/ws/echo')
    echo.send('你好')
    expect((await echo.nextWhere(() => true)).data).toBe('ECHO: 你好')
    echo.send('')
    expect((await echo.nextWhere(() => true)).data).toBe('ECHO: ')
  })
  it('repeats binary frames unchanged', async (t) => {
    const server = await startServer(t)
    const { socket } = await server.connect('/ws/echo')
    const bytes = Buffer.from([0, 1, 255])
    socket.send(bytes)
    const [data, isBinary] = await once(socket, 'message')
    expect(isBinary).toBe(true)
    expect(data).toEqual(bytes)
  })
  it('is limited to the rate of messages', async (t) => {
    const server = await startServer(t)
    const echo = await server.connect('/ws/echo')
    const began = performance.now()
    for (let i = 0; i < 60; i++) echo.send('x')
    for (let i = 0; i < 60; i++) await echo.nextWhere(() => true)
    // 50 at once, and 20 a second from then on: no sooner, however late on a busy machine.
    expect(performance.now() - began).toBeGreaterThan(9 * 45)
  })
  it('answers every frame of a burst, in order', async (t) => {
    const server = await startServer(t)
    const echo = await server.connect('/ws/echo')
    for (let i = 0; i < 55; i++) echo.send(`${i}`)
    for (let i = 0; i < 55; i++) expect((await echo.nextWhere(() => true)).data).toBe(`ECHO: ${i}`)
  })
  it('answers frames that arrive in the same packet as the close', async (t) => {
    const server = await startServer(t)
    const wire = new RawConnection(server.port)
    t.onTestFinished(() => wire.reset())
    wire.write(Buffer.concat([Buffer.from(upgradeRequest()), frameOf({ payload: 'last words' }), closeFrameOf(1000)]))
    expect(await wire.closed()).toBe(1000)
    expect(`${wire.frames[0]?.payload}`).toBe('ECHO: last words')
  })
  it('closes on far too many frames at once, of any size', async (t) => {
    const server = await startServer(t)
    const echo = await server.connect('/ws/echo')
    for (let i = 0; i < 5_000; i++) echo.send('')
    expect(await echo.closed).toEqual({ code: closeCodes.flood, reason: 'Too many frames' })
  })
  it('closes on a frame over 32 KiB', async (t) => {
    const server = await startServer(t)
    const echo = await server.connect('/ws/echo')
    echo.send('x'.repeat(32 * 1024 + 1))
    expect((await echo.closed).code).toBe(1009)
  })
})

describe('frequent reconnects', () => {
  it('are refused with 429 and Retry-After, and other users still reach the user', async (t) => {
    const server = await startServer(t)
    const [anna, bo] = [await server.signIn('Anna'), await server.signIn('Bo')]
    let refusal: { status: number; response: { headers: Record<string, string> } } | undefined
    let opened = 0
    for (; opened < 100 && !refusal; opened++) {
      await anna.connect().then(
        async (client) => await client.close(),
        (error) => {
          refusal = error
        },
      )
    }
    expect(opened).toBeGreaterThan(40)
    expect(refusal?.status).toBe(429)
    expect(Number(refusal?.response.headers['retry-after'])).toBeGreaterThan(0)
    await (await bo.connect()).next('welcome')
  })
})
