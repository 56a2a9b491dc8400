/** A proxy of a network that blocks WebSockets, and perhaps holds responses back until they end. */
import { createServer, request } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { connect } from 'node:net'
import type { Cleanup } from './server/server.ts'

export interface BlockingProxy {
  readonly url: string
  /** What it blocks now. */
  blocks: { sockets: boolean; streams: boolean }
  /** The paths that were asked for, with `Accept`. */
  readonly asked: string[]
}

export async function startBlockingProxy(t: Cleanup, port: number): Promise<BlockingProxy> {
  const asked: string[] = []
  const proxy = { url: '', blocks: { sockets: true, streams: false }, asked }
  const server = createServer((incoming, outgoing) => {
    asked.push(`${incoming.url} ${incoming.headers.accept}`)
    const { url, method, headers } = incoming
    const forwarded = request({ port, host: '127.0.0.1', path: url, method, headers }, async (response) => {
      const isHeld = proxy.blocks.streams && response.headers['content-type'] === 'text/event-stream'
      if (isHeld) return void response.resume()
      outgoing.writeHead(response.statusCode ?? 502, response.headers)
      outgoing.flushHeaders()
      response.pipe(outgoing)
    })
    forwarded.on('error', () => outgoing.destroy())
    outgoing.on('close', () => forwarded.destroy())
    incoming.pipe(forwarded)
  })
  server.on('upgrade', (incoming, socket: Socket, head) => {
    socket.on('error', () => socket.destroy())
    if (proxy.blocks.sockets) return void socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n')
    const to = connect(port, '127.0.0.1')
    to.on('error', () => socket.destroy())
    const lines = incoming.rawHeaders.flatMap((name, i, all) => (i % 2 ? [] : [`${name}: ${all[i + 1]}`]))
    to.write(`GET ${incoming.url} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`)
    to.write(head)
    to.pipe(socket).pipe(to)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  proxy.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return proxy
}
