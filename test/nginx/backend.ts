import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { TestContext } from 'vitest'

/** Stands in for the app, and remembers what reached it. Answers each request with the headers that it had, as JSON. */
export interface Backend {
  port: number
  requests: IncomingMessage[]
  upgrades: IncomingMessage[]
  /** The distinct connections that requests came over. */
  connections: Set<Socket>
}

type Answer = (request: IncomingMessage, response: ServerResponse) => void

export async function startBackend(t: TestContext, answer: Answer = repeatHeaders): Promise<Backend> {
  const backend: Backend = { port: 0, requests: [], upgrades: [], connections: new Set() }
  const server = createServer((request, response) => {
    backend.requests.push(request)
    backend.connections.add(request.socket)
    request.resume()
    answer(request, response)
  })
  server.on('upgrade', (request, socket) => {
    backend.upgrades.push(request)
    socket.on('error', () => {}) // a client that goes away without a word
    t.onTestFinished(() => void socket.destroy())
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n')
    socket.pipe(socket)
  })
  server.keepAliveTimeout = 75_000
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  backend.port = (server.address() as AddressInfo).port
  return backend
}

function repeatHeaders(request: IncomingMessage, response: ServerResponse): void {
  response.setHeader('Content-Type', 'application/json')
  response.end(JSON.stringify(request.headers))
}
