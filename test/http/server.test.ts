import { once } from 'node:events'
import type { RequestListener } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { LongBodies } from '../../src/server/http/files/long-bodies.ts'
import { createHttpServer, maxHeaderBytes } from '../../src/server/http/server.ts'
import { connectionLimits, HttpConnections } from '../../src/server/rate-limit/http-connections.ts'
import { faultsInHead } from '../attack/http/headers.ts'
import { readToTheEnd, requestOf, sendHeads, sendRaw } from '../attack/http/raw.ts'
import { type Cleanup, startServer } from '../support/server/server.ts'
import { ask } from './raw-request.ts'

/** The bare server, with something in the app's place. */
async function serve(t: Cleanup, handle: RequestListener): Promise<number> {
  const connections = new HttpConnections(connectionLimits(true))
  const server = createHttpServer(handle, {
    maxConnections: 1,
    connections,
    isProxy: () => false,
    longBodies: new LongBodies(),
  })
  server.listen(0, '127.0.0.1')
  t.onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

async function open(t: Cleanup, port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  t.onTestFinished(() => void socket.destroy())
  await once(socket, 'connect')
  return socket
}

describe('invalid HTTP', () => {
  it.for([
    [400, 'That was no request.\n', 'tea, please\r\n\r\n'],
    [405, 'This is no proxy.\n', 'CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example:443\r\n\r\n'],
  ] as const)('is answered with %i and in words: %j', async ([status, words, text], t) => {
    const port = await serve(t, (_request, response) => response.end())
    const answer = await sendRaw(port, Buffer.from(text))
    expect([answer.status, answer.body]).toEqual([status, words])
    expect(answer.headers).toContainEqual(['connection', 'close'])
    expect(faultsInHead(answer)).toEqual([])
  })
  it('with too large headers gets a page in both languages that says what to do (FAULTS 17)', async (t) => {
    const { port } = await startServer(t)
    for (const bytes of [maxHeaderBytes + 1, 2 * maxHeaderBytes, 100_000]) {
      const answer = await sendRaw(port, Buffer.from(`GET / HTTP/1.1\r\nCookie: ${'x'.repeat(bytes)}\r\n\r\n`))
      expect(answer.status).toBe(431)
      expect(answer.headers).toContainEqual(['content-type', 'text/html; charset=utf-8'])
      expect(answer.body).toContain('Delete the cookies of this site')
      expect(Buffer.from(answer.body, 'latin1').toString()).toMatch(/<p lang="zh-CN">[^<]*删除本站的\s*Cookie/)
      expect(faultsInHead(answer)).toEqual([])
    }
  })
  it('is not answered in the middle of another response', async (t) => {
    const port = await serve(t, (_request, response) => response.write('half of it'))
    const socket = await open(t, port)
    const all = readToTheEnd(socket)
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
    await once(socket, 'data')
    socket.write('tea, please\r\n\r\n')
    expect(String(await all)).toMatch(/^HTTP\/1.1 200 [\s\S]+half of it\r\n$/)
  })
  it('is answered after another response', async (t) => {
    const port = await serve(t, (_request, response) => response.end('all of it'))
    const socket = await open(t, port)
    const all = readToTheEnd(socket)
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
    await once(socket, 'data')
    socket.write('tea, please\r\n\r\n')
    expect(String(await all)).toMatch(/^HTTP\/1.1 200 [\s\S]+all of itHTTP\/1.1 400 /)
  })
})

describe('requests', () => {
  it('are read to the last header, however many there are', async (t) => {
    const port = await serve(t, ({ headers }, response) => response.end(headers.origin))
    const many = Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`X-${i}`, 'x']))
    const { body } = await sendRaw(port, requestOf('GET', '/', { ...many, Origin: 'https://evil.example' }))
    expect(body).toBe('https://evil.example')
  })
  it('are served whatever they expect besides a response', async (t) => {
    const port = await serve(t, (_request, response) => response.end('tea'))
    expect((await sendRaw(port, requestOf('GET', '/', { Expect: 'coffee' }))).body).toBe('tea')
  })
  it('need exactly one host', async (t) => {
    const { port } = await startServer(t)
    for (const hosts of ['', 'Host: a\r\nHost: a\r\n', 'Host: a b\r\n']) {
      const text = `GET /signin HTTP/1.1\r\nConnection: close\r\n${hosts}\r\n`
      expect((await sendRaw(port, Buffer.from(text))).status, hosts).toBe(400)
    }
    expect(
      (await sendRaw(port, Buffer.from('GET /signin HTTP/1.1\r\nConnection: close\r\nHost: a\r\n\r\n'))).status,
    ).toBe(200)
    expect((await sendRaw(port, Buffer.from('GET /signin HTTP/1.0\r\n\r\n'))).status).toBe(200)
  })
})

describe('pipelining', () => {
  const one = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'

  it('answers a few requests at once in their order', async (t) => {
    let asked = 0
    const port = await serve(t, (_request, response) => response.end(`${++asked} cups`))
    const socket = await open(t, port)
    socket.write(`${one.repeat(4)}GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)
    expect(String(await readToTheEnd(socket)).match(/\d cups/g)).toEqual([
      '1 cups',
      '2 cups',
      '3 cups',
      '4 cups',
      '5 cups',
    ])
  })
  it('answers any number of requests one after the other', async (t) => {
    const port = await serve(t, (_request, response) => response.end('tea'))
    expect(
      await sendHeads(
        port,
        Array.from({ length: 50 }, () => Buffer.from(one.replace('GET', 'HEAD'))),
      ),
    ).toEqual(Array(50).fill(200))
  })
  it('closes a connection that sends thousands at once, most of them unstarted', async (t) => {
    let begun = 0
    const port = await serve(t, () => begun++)
    const socket = await open(t, port)
    socket.write(one.repeat(3_000))
    expect(await readToTheEnd(socket)).toHaveLength(0)
    expect(begun).toBeLessThanOrEqual(5)
  })
})

/** As other programs at the same address set them, on whatever port. */
function foreignCookies(bytes: number): string {
  const cookies = Array.from({ length: Math.ceil(bytes / 4_000) }, (_, i) => `program${i}=${'x'.repeat(3_985)}`)
  return cookies.join('; ').slice(0, bytes)
}

describe('cookies of other programs at the same address', () => {
  it.for([9_000, 15_000])('may have %i bytes: sign-in and chat work (FAULTS 17)', async (bytes, t) => {
    const server = await startServer(t)
    const foreign = foreignCookies(bytes)
    const form = { 'Content-Type': 'application/x-www-form-urlencoded', Cookie: foreign, 'User-Agent': 'x'.repeat(300) }
    const signedIn = await ask(server.port, '/signin', { method: 'POST', headers: form, body: 'name=Anna' })
    expect(signedIn.status).toBe(303)
    const identity = signedIn.headers['set-cookie']?.find((line) => line.startsWith('session-'))?.split(';', 1)[0]
    const cookie = `${foreign}; ${identity}`
    expect((await ask(server.port, '/', { headers: { Cookie: cookie } })).body).toContain('Anna')
    const anna = await server.connect('/ws/chat', { protocol: 'chat.v1', cookie })
    await anna.open('lobby')
    await anna.say('lobby', 'Is there tea?')
  })
})

describe('with PUBLIC_ORIGIN', () => {
  const to = (Host: string) => ({ headers: { Host } })

  it('refuses other hosts with 421 for pages, files and sockets', async (t) => {
    const server = await startServer(t, { PUBLIC_ORIGIN: 'https://tea.example' })
    for (const path of ['/', '/signin', '/static/css/base.css', '/nowhere']) {
      expect((await ask(server.port, path, to('evil.example'))).status, path).toBe(421)
      expect((await ask(server.port, path, to('tea.example'))).status, path).not.toBe(421)
    }
    await expect(server.connect('/ws/echo', to('evil.example'))).rejects.toMatchObject({ status: 421 })
    await server.connect('/ws/echo', to('tea.example'))
  })
  it('answers the health check for any host, and nothing else', async (t) => {
    const { port } = await startServer(t, { PUBLIC_ORIGIN: 'https://tea.example' })
    expect((await ask(port, '/healthz', to('teahouse:3000'))).status).toBe(200)
    expect((await ask(port, '/healthz/', to('teahouse:3000'))).status).toBe(421)
    expect((await ask(port, '/signin', to('127.0.0.1:3000'))).status).toBe(200)
  })
  it('accepts every host when it is not set', async (t) => {
    const { port } = await startServer(t)
    expect((await ask(port, '/signin', to('evil.example'))).status).toBe(200)
  })
})

describe('https', () => {
  it('sends HSTS for a year when a trusted proxy says https', async (t) => {
    const { port } = await startServer(t, { TRUST_PROXY: '127.0.0.1' })
    const { headers } = await ask(port, '/signin', { headers: { 'X-Forwarded-Proto': 'https' } })
    expect(headers['strict-transport-security']).toBe('max-age=31536000')
  })
  it('sends no HSTS over http, even when a client claims https', async (t) => {
    const trusting = await startServer(t, { TRUST_PROXY: '127.0.0.1' })
    expect((await ask(trusting.port, '/signin')).headers).not.toHaveProperty('strict-transport-security')
    const { port } = await startServer(t)
    const { headers } = await ask(port, '/signin', { headers: { 'X-Forwarded-Proto': 'https' } })
    expect(headers).not.toHaveProperty('strict-transport-security')
  })
})
