import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { answerPlainly } from '../plain-answer.ts'

/** Connections beside the sockets: of pages, which are short, and of whoever keeps one open for the next page. */
const forPages = 2_000
/**
 * What one connection may ask for before it has its first answer. Browsers and proxies ask for one thing after the other;
 * thousands in one packet, by somebody who does not read, would each hold a file open and its first part in memory.
 */
const mostAtOnce = 5

/** How long we wait for others, in milliseconds. */
export const patience = {
  /** For the head of a request, and for the first one of a connection to begin. */
  head: 10_000,
  /** For the whole of it. */
  request: 20_000,
  /** Twice this for whoever asks and then does not read. A WebSocket has its own heartbeat, and is not bound by it. */
  reader: 30_000,
  /** For the next request. Longer than a proxy keeps its side open, or it would send one into a connection that is closing. */
  next: 75_000,
  /** How late it may be noticed. */
  check: 2_000,
}

const options = {
  headersTimeout: patience.head,
  requestTimeout: patience.request,
  connectionsCheckingInterval: patience.check,
  keepAliveTimeout: patience.next,
  maxHeaderSize: 8 * 1024,
  // A request without a host is answered by the app, with the headers of every other answer.
  requireHostHeader: false,
  // Whoever offers another upgrade, h2c say, is served as if he had not.
  shouldUpgradeCallback: (request: IncomingMessage) => request.headers.upgrade?.toLowerCase() === 'websocket',
}

/** Says what Node says of a request that is none, in words. */
const faults: Readonly<Record<string, [status: number, message: string]>> = {
  HPE_HEADER_OVERFLOW: [431, 'The headers of a request have at most 8 KiB.'],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: [413, 'The extensions of a chunk are too long.'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'The request took too long.'],
}

/** An HTTP server with the limits of this house. What Node would answer by itself has our headers too. */
export function createHttpServer(handle: RequestListener, { maxConnections }: { maxConnections: number }): Server {
  const server = createServer(options)
  // Node drops what is beyond its number, in silence: an Origin that came last would be gone. The size bounds them.
  server.maxHeadersCount = 0
  // Beyond it Node hangs up at once: a process without a file descriptor left cannot even store what it has taken in.
  server.maxConnections = maxConnections + forPages
  server.timeout = patience.reader
  const answers = new Answers()
  server.on('request', (request, response) => {
    if (answers.add(request.socket, response) > mostAtOnce) request.socket.destroy()
    else handle(request, response)
  })
  // Whoever expects something of us beside an answer gets the answer.
  server.on('checkExpectation', (request, response) => server.emit('request', request, response))
  server.on('connect', (_request, socket) => {
    socket.on('error', () => socket.destroy())
    answerPlainly(socket, 405, 'This is no proxy.', { Allow: 'GET, HEAD, POST' })
  })
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    // What he resets, or what would end up in the middle of another answer, gets none.
    if (!socket.writable || error.code === 'ECONNRESET' || answers.haveBegun(socket)) return socket.destroy(error)
    const [status, message] = faults[error.code ?? ''] ?? [400, 'That was no request.']
    answerPlainly(socket, status, message)
  })
  return server
}

/** The answers that each connection is waiting for. */
class Answers {
  readonly #of = new WeakMap<Duplex, Set<ServerResponse>>()

  /** @returns how many the connection is waiting for now */
  add(socket: Duplex, response: ServerResponse): number {
    const waiting = this.#of.get(socket) ?? new Set()
    this.#of.set(socket, waiting.add(response))
    response.once('close', () => waiting.delete(response))
    return waiting.size
  }

  /** Whether something of one is out, and not all. */
  haveBegun(socket: Duplex): boolean {
    return [...(this.#of.get(socket) ?? [])].some(({ headersSent }) => headersSent)
  }
}
