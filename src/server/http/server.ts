import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { answerPlainly } from '../plain-answer.ts'

/** Connections beside the sockets: of pages, which are short, and of whoever keeps one open for the next page. */
const forPages = 2_000

const options = {
  // A request that takes longer is cut, and so is a connection on which none begins.
  headersTimeout: 10_000,
  requestTimeout: 20_000,
  connectionsCheckingInterval: 2_000,
  // Longer than a proxy keeps its side open, or it would send a request into a connection that is being closed.
  keepAliveTimeout: 75_000,
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
  const server = createServer(options, handle)
  // Node drops what is beyond its number, in silence: an Origin that came last would be gone. The size bounds them.
  server.maxHeadersCount = 0
  // Beyond it Node hangs up at once: a process without a file descriptor left cannot even store what it has taken in.
  server.maxConnections = maxConnections + forPages
  // Whoever asks and then does not read; a WebSocket has its own heartbeat, and is not bound by this.
  server.timeout = 60_000
  const begun = new Begun()
  server.on('request', begun.add)
  // Whoever expects something of us beside an answer gets the answer.
  server.on('checkExpectation', (request, response) => server.emit('request', request, response))
  server.on('connect', (_request, socket) => {
    socket.on('error', () => socket.destroy())
    answerPlainly(socket, 405, 'This is no proxy.', { Allow: 'GET, HEAD, POST' })
  })
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    // What he resets, or what would end up in the middle of another answer, gets none.
    if (!socket.writable || error.code === 'ECONNRESET' || begun.isOn(socket)) return socket.destroy(error)
    const [status, message] = faults[error.code ?? ''] ?? [400, 'That was no request.']
    answerPlainly(socket, status, message)
  })
  return server
}

/** The answers of which something is out, and not all. */
class Begun {
  readonly #answers = new WeakMap<Duplex, Set<ServerResponse>>()

  readonly add = ({ socket }: IncomingMessage, response: ServerResponse): void => {
    const answers = this.#answers.get(socket) ?? new Set()
    this.#answers.set(socket, answers.add(response))
    response.once('close', () => answers.delete(response))
  }

  isOn(socket: Duplex): boolean {
    return [...(this.#answers.get(socket) ?? [])].some(({ headersSent }) => headersSent)
  }
}
