/** Which requests and upgrades of `/socket.io/` come to the engine. */
import { once } from 'node:events'
import { connect as connectTcp } from 'node:net'
import { describe, expect, it } from 'vitest'
import { ask } from '../../http/raw-request.ts'
import { botNamed } from '../../support/clients/bots.ts'
import { RawEngine } from '../../support/clients/raw-engine.ts'
import { socketIoClient, talker } from '../../support/clients/socket-io-client.ts'
import { startServer } from '../../support/server/server.ts'

const polling = 'EIO=4&transport=polling'
const foreign = [
  { origin: 'http://evil.example' },
  { origin: 'null' },
  { origin: 'http://evil.example', 'sec-fetch-site': 'cross-site' },
  { 'sec-fetch-site': 'cross-site' },
  { 'sec-fetch-site': 'same-site' },
]

describe('Socket.IO › origin', () => {
  it('refuses polls, posts and upgrades of other origins, and takes those of its own', async (t) => {
    const server = await startServer(t)
    const { cookie } = await server.signIn('Anna')
    const engine = new RawEngine(server.url, { cookie })
    const sid = await engine.open()
    for (const headers of foreign) {
      const refused = await engine.request(polling, { headers })
      expect([refused.status, await refused.json()]).toMatchObject([403, { type: 'error', code: 'forbidden' }])
      expect((await engine.poll(sid, { headers })).status).toBe(403)
      expect((await engine.post(sid, '40', { headers })).status).toBe(403)
      for (const query of [polling.replace('polling', 'websocket'), `EIO=4&transport=websocket&sid=${sid}`])
        expect(await new RawEngine(server.url, { cookie, ...headers }).socket(query).closed).toBe(1006)
    }
    const own = { origin: server.url, 'sec-fetch-site': 'same-origin' }
    expect(await (await engine.post(sid, '40', { headers: own })).text()).toBe('ok')
    expect(await (await engine.poll(sid, { headers: own })).text()).toMatch(/^40/)
    await new RawEngine(server.url, { cookie, ...own }).openSocket()
  })

  it('lets pages of ALLOWED_ORIGINS read its answers, and no others', async (t) => {
    const friend = 'https://friend.example'
    const server = await startServer(t, { ALLOWED_ORIGINS: friend })
    const engine = new RawEngine(server.url)
    const allowed = await engine.request(polling, { headers: { origin: friend } })
    expect([allowed.status, allowed.headers.get('access-control-allow-origin')]).toEqual([200, friend])
    expect(allowed.headers.get('access-control-allow-credentials')).toBe('true')
    const preflight = await engine.request(polling, {
      method: 'OPTIONS',
      headers: { origin: friend, 'access-control-request-method': 'POST' },
    })
    expect([preflight.status, preflight.headers.get('access-control-allow-origin')]).toEqual([204, friend])
    expect(preflight.headers.get('access-control-allow-methods')).toContain('POST')
    const other = await engine.request(polling, { headers: { origin: 'https://other.example' } })
    expect([other.status, other.headers.get('access-control-allow-origin')]).toEqual([403, null])
  })

  it('does not ask a program with a token where it comes from', async (t) => {
    const server = await startServer(t)
    const bot = await botNamed(server, 'Steeper')
    const headers = { ...bot.bearer, origin: 'https://other.example' }
    expect((await new RawEngine(server.url).request(polling, { headers })).status).toBe(200)
    const client = socketIoClient(t, server, { extraHeaders: headers })
    expect(await client.next('welcome')).toMatchObject({ user: { name: 'Steeper' } })
  })

  it('refuses a link that a reader follows, and another host', async (t) => {
    const server = await startServer(t, { PUBLIC_ORIGIN: 'https://chat.example.org' })
    const path = `/socket.io/?${polling}`
    expect((await ask(server.port, path, {})).status).toBe(200)
    const navigation = { 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Site': 'none' }
    expect((await ask(server.port, path, { headers: navigation })).status).toBe(403)
    expect((await ask(server.port, path, { headers: { Host: 'evil.example' } })).status).toBe(421)
  })
})

describe('Socket.IO › requests', () => {
  it('has the headers of every other answer', async (t) => {
    const server = await startServer(t)
    const { headers } = await new RawEngine(server.url).request(polling)
    expect(Object.fromEntries(headers)).toMatchObject({
      'content-type': 'text/plain; charset=UTF-8',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'cross-origin-resource-policy': 'same-origin',
    })
    expect(headers.get('content-security-policy')).toContain("default-src 'none'")
    expect(headers.get('set-cookie')).toBeNull()
  })

  it.for([
    ['a script instead of JSON, which pages of any origin could run', `${polling}&j=0`, 'GET'],
    ['an older protocol', 'EIO=3&transport=polling', 'GET'],
    ['an unknown transport', 'EIO=4&transport=webtransport', 'GET'],
    ['a WebSocket without an upgrade', 'EIO=4&transport=websocket', 'GET'],
    ['an unknown session', `${polling}&sid=nobody`, 'GET'],
    ['a session of a prototype', `${polling}&sid=__proto__`, 'GET'],
    ['a post without a session', polling, 'POST'],
    ['another method', polling, 'DELETE'],
  ])('refuses %s', async ([, query = '', method], t) => {
    const server = await startServer(t)
    const response = await new RawEngine(server.url).request(query, { method: method as string })
    expect([response.status, response.headers.get('content-type')]).toMatchObject([400, expect.stringMatching(/json/)])
    expect(await response.json()).toMatchObject({ message: expect.any(String) })
  })

  it.for(['EIO=3&transport=websocket', 'EIO=4&transport=polling', 'EIO=4&transport=websocket&sid=nobody', 'x'])(
    'refuses the upgrade of %s with a whole answer',
    async (query, t) => {
      const server = await startServer(t)
      const socket = connectTcp(server.port, '127.0.0.1').setEncoding('utf8')
      let text = ''
      socket.on('data', (chunk) => {
        text += chunk
      })
      socket.write(
        `GET /socket.io/?${query} HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
      )
      await once(socket, 'close')
      expect(text).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n(.+\r\n)*X-Content-Type-Options: nosniff\r\n/)
    },
  )

  it('serves nothing else below its path, and no client', async (t) => {
    const server = await startServer(t)
    for (const path of ['/socket.io', '/socket.io/socket.io.js', '/socket.io/x?EIO=4&transport=polling'])
      expect([path, (await fetch(server.url + path, { redirect: 'manual' })).status]).toEqual([path, 404])
  })

  it('does not know a session under the cookie of another user', async (t) => {
    const server = await startServer(t)
    const [anna, eve] = [await server.signIn('Anna'), await server.signIn('Eve')]
    const annas = new RawEngine(server.url, { cookie: anna.cookie })
    const sid = await annas.open()
    await annas.post(sid, '40')
    for (const cookie of [eve.cookie, '']) {
      const other = new RawEngine(server.url, { cookie })
      expect((await other.poll(sid)).status).toBe(403)
      expect((await other.post(sid, '42["talk","as Anna"]')).status).toBe(403)
      expect(await other.socket(`EIO=4&transport=websocket&sid=${sid}`).closed).toBe(1006)
    }
    expect(await (await annas.poll(sid)).text()).toMatch(/^40/)
  })
})

describe('Socket.IO › SOCKET_IO=off', () => {
  it('answers as if there were nothing', async (t) => {
    const server = await startServer(t, { SOCKET_IO: 'off' })
    const { cookie } = await server.signIn('Anna')
    const engine = new RawEngine(server.url, { cookie })
    for (const method of ['GET', 'POST', 'OPTIONS'])
      expect([method, (await engine.request(polling, { method })).status]).toEqual([method, 404])
    expect(await engine.socket().closed).toBe(1006)
  })
})

describe('Socket.IO › connection reset', () => {
  it('survives upgrades that are reset at any moment', async (t) => {
    const server = await startServer(t, { RATE_LIMITS: 'off' })
    const anna = await server.signIn('Anna')
    const head = `GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nCookie: ${anna.cookie}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`
    for (let i = 0; i < 200; i++) {
      const socket = connectTcp(server.port, '127.0.0.1').on('error', () => {})
      await once(socket, 'connect')
      const closed = once(socket, 'close')
      const reset = () => socket.resetAndDestroy()
      if (i % 4 === 0) socket.write(head, reset)
      else if (i % 4 === 1) socket.write(head.slice(0, -2), reset)
      else if (i % 4 === 2) socket.write(head, () => setImmediate(reset))
      else socket.write(head).valueOf() && socket.once('data', reset)
      await closed
    }
    const client = await talker(t, server, anna)
    expect(await client.ask('talk', 'still here')).toMatchObject({ id: 1 })
  })

  it('survives polls that are reset, and forgets their sessions', async (t) => {
    const server = await startServer(t, { RATE_LIMITS: 'off' })
    const anna = await server.signIn('Anna')
    const bo = await (await server.signIn('Bo')).connect()
    await bo.open('lobby')
    const engine = new RawEngine(server.url, { cookie: anna.cookie })
    const sid = await engine.open()
    await engine.post(sid, '40')
    expect((await bo.next('join')).user.name).toBe('Anna')
    const socket = connectTcp(server.port, '127.0.0.1').on('error', () => {})
    socket.write(
      `POST /socket.io/?${polling}&sid=${sid} HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nCookie: ${anna.cookie}\r\nContent-Length: 100\r\n\r\n42["talk",`,
      () => socket.resetAndDestroy(),
    )
    expect((await bo.next('left')).user.name).toBe('Anna')
    expect((await engine.poll(sid)).status).toBe(400)
  })
})
