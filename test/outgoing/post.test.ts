/** One request of a webhook, to a real receiver that may be broken or hostile. */

import type { AddressInfo } from 'node:net'
import { createServer, type Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { WebhookHosts } from '../../src/server/outgoing/addresses.ts'
import { createPost } from '../../src/server/outgoing/post.ts'
import type { Cleanup } from '../support/server/server.ts'
import { startReceiver, status } from '../support/services/webhook-receiver.ts'

const signal = new AbortController().signal
const posting = (url: string) => ({ url, headers: { 'content-type': 'application/json' }, body: '{"a":"茶"}', signal })

/** A server that says what it likes. */
async function rawServer(t: Cleanup, answer: (socket: Socket) => void) {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.once('data', () => answer(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return { host: `127.0.0.1:${port}`, url: `http://127.0.0.1:${port}/` }
}

describe('request of a webhook', () => {
  it('is a POST with the body and the headers, and its answer is read', async (t) => {
    const receiver = await startReceiver(t)
    receiver.respond = status(201, '{"ok":1}', 'application/json')
    const post = createPost(new WebhookHosts([receiver.host]))
    const answer = await post(posting(`${receiver.url}?a=b`))
    expect(answer).toEqual({ type: 'answered', status: 201, contentType: 'application/json', body: '{"ok":1}' })
    expect(receiver.received).toMatchObject([{ url: '/hook?a=b', body: { a: '茶' } }])
  })
  it('is not sent to loopback unless that is allowed, by address or by name', async (t) => {
    const receiver = await startReceiver(t)
    const { port } = new URL(receiver.url)
    const post = createPost(new WebhookHosts([]))
    for (const host of ['127.0.0.1', 'localhost', '2130706433', '[::ffff:127.0.0.1]'])
      expect(await post(posting(`http://${host}:${port}/`)), host).toEqual({ type: 'forbidden-address' })
    expect(receiver.received).toEqual([])
  })
  it('goes to the address that was checked', async (t) => {
    const receiver = await startReceiver(t)
    const { port } = new URL(receiver.url)
    const resolve = async () => [{ address: '127.0.0.1', family: 4 }]
    const post = createPost(new WebhookHosts(['hooks.invalid'], resolve))
    expect(await post(posting(`http://hooks.invalid:${port}/`))).toMatchObject({ status: 204 })
    expect(receiver.received[0]?.headers.host).toBe(`hooks.invalid:${port}`)
    const other = createPost(new WebhookHosts([], resolve))
    expect(await other(posting(`http://hooks.invalid:${port}/`))).toEqual({ type: 'forbidden-address' })
  })
  it('follows no redirect', async (t) => {
    const target = await startReceiver(t)
    const receiver = await startReceiver(t)
    receiver.respond = (response) => response.writeHead(302, { location: target.url }).end()
    const post = createPost(new WebhookHosts([receiver.host, target.host]))
    expect(await post(posting(receiver.url))).toMatchObject({ type: 'answered', status: 302 })
    expect(target.received).toEqual([])
  })
  it('ends when the answer does not come, comes too slowly, or never ends', async (t) => {
    const silent = await rawServer(t, () => {})
    const halfway = await rawServer(t, (socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n1'))
    const dripping = await rawServer(t, (socket) => {
      socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n')
      const timer = setInterval(() => socket.write('1\r\nx\r\n'), 5)
      socket.on('close', () => clearInterval(timer))
    })
    const informing = await rawServer(t, (socket) => {
      const timer = setInterval(() => socket.write('HTTP/1.1 102 Processing\r\n\r\n'), 5)
      socket.on('close', () => clearInterval(timer))
    })
    for (const { host, url } of [silent, halfway, dripping, informing])
      expect(await createPost(new WebhookHosts([host]), 150)(posting(url))).toEqual({ type: 'timeout' })
  })
  it('ends at 64 KiB of an answer', async (t) => {
    const receiver = await startReceiver(t)
    const post = createPost(new WebhookHosts([receiver.host]))
    receiver.respond = status(200, 'x'.repeat(64 * 1024))
    expect(await post(posting(receiver.url))).toMatchObject({ type: 'answered', status: 200 })
    receiver.respond = status(200, 'x'.repeat(64 * 1024 + 1))
    expect(await post(posting(receiver.url))).toEqual({ type: 'too-large' })
  })
  it.for([
    ['nothing', ''],
    ['no HTTP', 'SSH-2.0-OpenSSH_9.2\r\n'],
    ['endless headers', `HTTP/1.1 200 OK\r\n${'x-a: b\r\n'.repeat(10_000)}`],
    ['a switch of protocols', 'HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n'],
    ['half a body', 'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf'],
  ])('is unreachable for a server that says %s and closes', async ([, answer = ''], t) => {
    const server = await rawServer(t, (socket) => socket.end(answer))
    expect(await createPost(new WebhookHosts([server.host]))(posting(server.url))).toEqual({ type: 'unreachable' })
  })
  it('is unreachable when a name has no address, or the other side speaks no TLS', async (t) => {
    const receiver = await rawServer(t, (socket) => socket.end('no TLS'))
    const { port } = new URL(receiver.url)
    const post = createPost(new WebhookHosts(['127.0.0.1', 'nobody.invalid'], async () => Promise.reject(new Error())))
    expect(await post(posting('http://nobody.invalid/'))).toEqual({ type: 'unreachable' })
    expect(await post(posting(`https://127.0.0.1:${port}/`))).toEqual({ type: 'unreachable' })
  })
  it('ends when the server stops', async (t) => {
    const silent = await rawServer(t, () => stop.abort())
    const stop = new AbortController()
    const post = createPost(new WebhookHosts([silent.host]))
    expect(await post({ ...posting(silent.url), signal: stop.signal })).toEqual({ type: 'unreachable' })
  })
})
