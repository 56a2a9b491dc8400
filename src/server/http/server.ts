import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { HttpConnections } from '../rate-limit/http-connections.ts'
import type { LongBodies } from './files/long-bodies.ts'
import { answerPlainly } from './plain-response.ts'

/** File descriptors for connections of trusted proxies, which are not counted by network, and for those that are about to be closed. */
const spare = 1_000
/**
 * What one connection may ask for before it has its first answer. Browsers and proxies ask for one thing after the other;
 * thousands in one packet, by somebody who does not read, would each hold a file open and its first part in memory.
 */
const maxAtOnce = 5

/**
 * The head of a request. A browser sends this host's cookies of all ports with it, and other programs there may have set many:
 * 4 KB each. A connection holds that much memory until its head is whole, for at most `patience.head`.
 */
export const maxHeaderBytes = 24 * 1024

/** How long we wait for others, in milliseconds. */
export const patience = {
  /** For the head of a request, and for the first one of a connection to begin. */
  head: 10_000,
  /** For the whole of it. */
  request: 20_000,
  /** Without a byte in either direction; twice this for a client that does not read its answer. A WebSocket has its own heartbeat. */
  reader: 30_000,
  /** For the next request. Longer than a proxy keeps its side open, or it would send one into a connection that is closing. */
  next: 75_000,
  /** For answers that are under way when the server stops. */
  finish: 2_000,
  /** How late it may be noticed. */
  check: 2_000,
}

/** Between looks at connections whose answer is out. */
const lookMs = 20

const options = {
  headersTimeout: patience.head,
  requestTimeout: patience.request,
  connectionsCheckingInterval: patience.check,
  keepAliveTimeout: patience.next,
  maxHeaderSize: maxHeaderBytes,
  // A request without a host is answered by the app, with the headers of every other answer.
  requireHostHeader: false,
  // A request that offers another upgrade, such as h2c, is served as if it had not.
  shouldUpgradeCallback: (request: IncomingMessage) => request.headers.upgrade?.toLowerCase() === 'websocket',
}

/** Says what Node says of a request that is none, in words. */
const faults: Readonly<Record<string, [status: number, message: string, type?: string]>> = {
  HPE_HEADER_OVERFLOW: [431, headTooLarge(), 'text/html; charset=utf-8'],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: [413, 'The extensions of a chunk are too long.'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'The request took too long.'],
}

/** A page for people: most of them are here because of cookies. Which language they read stands in the head that was not read. */
function headTooLarge(): string {
  const kibibytes = maxHeaderBytes / 1024
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>431</title>
<p>Your browser sends more than this site can read: over ${kibibytes} KiB, mostly cookies. Other programs at this address may
have set them. Delete the cookies of this site in your browser's settings, then load the page again. You will have to sign in again.</p>
<p lang="zh-CN">浏览器发送的内容超过 ${kibibytes} KiB，本站无法读取，其中大部分是 Cookie，可能由同一地址上的其他程序设置。请在浏览器设置中删除本站的
Cookie，然后重新加载页面。之后需要重新登录。</p>
</html>`
}

interface HttpServerOptions {
  /** The most WebSockets. */
  maxConnections: number
  connections: HttpConnections
  /** Whether the connection comes from a proxy that counts its clients itself. */
  isProxy(address: string): boolean
  /** Requests that may take longer than `patience.request`. */
  longBodies: LongBodies
}

/** An HTTP server with our limits. What Node answers by itself has our headers too. */
export function createHttpServer(
  handle: RequestListener,
  { maxConnections, connections, isProxy, longBodies }: HttpServerOptions,
) {
  const server = createServer(options)
  // Node drops what is beyond its number, in silence: an Origin that came last would be gone. The size bounds them.
  server.maxHeadersCount = 0
  // Beyond it Node hangs up at once: a process without a file descriptor left cannot even store what it has taken in.
  server.maxConnections = maxConnections + connections.limits.total + spare
  server.timeout = patience.reader
  const answers = new Answers(connections)
  server.on('connection', (socket) => {
    if (!isProxy(socket.remoteAddress ?? '')) connections.add(socket)
  })
  server.on('request', (request, response) => {
    if (answers.add(request.socket, response) > maxAtOnce) request.socket.destroy()
    else handle(request, response)
  })
  server.on('upgrade', (_request, socket: Socket) => connections.mark(socket, 'busy'))
  // A request with another `Expect` header gets a normal answer.
  server.on('checkExpectation', (request, response) => server.emit('request', request, response))
  server.on('connect', (_request, socket) => {
    socket.on('error', () => socket.destroy())
    answerPlainly(socket, 405, 'This is no proxy.', { Allow: 'GET, HEAD, POST' })
  })
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT' && longBodies.has(socket)) return
    // A connection that was reset, or that has an answer under way, gets none.
    if (!socket.writable || error.code === 'ECONNRESET' || answers.haveBegun(socket)) return socket.destroy(error)
    const [status, message, type] = faults[error.code ?? ''] ?? [400, 'That was no request.']
    answerPlainly(socket, status, message, type ? { 'Content-Type': type } : {})
  })
  return server
}

/** From now on each answer is the last one of its connection: a proxy takes another server for what comes next. */
export function keepNoConnection(server: Server): void {
  server.prependListener('request', (_request, response) => response.setHeader('Connection', 'close'))
}

/** Listens no more, and answers what it was asked already. What is not answered in time is cut off. */
export async function finish(server: Server): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve))
  const look = setInterval(() => server.closeIdleConnections(), lookMs)
  const tooLate = setTimeout(() => server.closeAllConnections(), patience.finish)
  await closed
  clearInterval(look)
  clearTimeout(tooLate)
}

/** @param setting that names the port @throws Error in one line, which names what to change */
export function listen(
  server: Server,
  { host, port }: { host: string; port: number },
  setting: 'PORT' | 'METRICS',
): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const isTaken = error.code === 'EADDRINUSE'
      const place = setting === 'PORT' ? `HOST ${host}, PORT ${port}` : `METRICS ${host}:${port}`
      const reason = isTaken ? `Port ${port} is taken. Set ${setting} to another one.` : `${place}: ${error.message}`
      reject(new Error(reason))
    })
    server.listen(port, host, () => resolve(server.address() as AddressInfo))
  })
}

/** The answers that each connection is waiting for. */
class Answers {
  readonly #of = new WeakMap<Duplex, Set<ServerResponse>>()
  readonly #connections: HttpConnections

  constructor(connections: HttpConnections) {
    this.#connections = connections
  }

  /** @returns how many the connection is waiting for now */
  add(socket: Socket, response: ServerResponse): number {
    const waiting = this.#of.get(socket) ?? new Set()
    this.#of.set(socket, waiting.add(response))
    this.#connections.mark(socket, 'busy')
    response.once('close', () => {
      waiting.delete(response)
      if (!waiting.size) this.#connections.mark(socket, 'idle')
    })
    return waiting.size
  }

  /** Whether something of one is out, and not all. */
  haveBegun(socket: Duplex): boolean {
    return [...(this.#of.get(socket) ?? [])].some(({ headersSent }) => headersSent)
  }
}
