/** Answers those who may read the metrics: at `/metrics` of the server, or at a server of its own. */
import { createHash, timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { BlockList } from 'node:net'
import { urlOf } from '../config.ts'
import { clientAddress, isTrusted } from '../http/client-address.ts'
import { listen } from '../http/server.ts'
import type { MetricsAccess } from './access.ts'
import { ServerMetrics, type Watched } from './registry.ts'

/** Those who ask within this time get the same answer: nobody keeps the server busy by asking. */
const cachedMs = 1_000
const patienceMs = 5_000
const maxHeaderBytes = 8 * 1024

/** What a proxy says of its client. */
const ofProxies = ['x-forwarded-for', 'forwarded', 'x-real-ip', 'via']

export interface MetricsAnswer {
  type: string
  text: string
}

export class Metrics {
  readonly #access: MetricsAccess
  readonly #trustProxy: BlockList
  readonly #server = new ServerMetrics()
  #last: { text: Promise<string>; at: number } | undefined
  #own: Server | undefined

  constructor(access: MetricsAccess, trustProxy: BlockList) {
    this.#access = access
    this.#trustProxy = trustProxy
  }

  readonly committed = (transaction: { ms: number; writes: number }): void => this.#server.committed(transaction)

  watch(watched: Watched): void {
    this.#server.watch(watched)
  }

  /** For a request to the server itself. @returns undefined for one that may not know that there is anything */
  async answer(request: IncomingMessage): Promise<MetricsAnswer | undefined> {
    return this.#mayRead(request) ? await this.#answer() : undefined
  }

  /** @returns the URL of a server of its own @throws Error in one line when it cannot listen */
  async listen(): Promise<string | undefined> {
    if (this.#access.type !== 'port') return undefined
    const { host } = this.#access
    const server = createServer({ maxHeaderSize: maxHeaderBytes, requestTimeout: patienceMs }, (request, response) => {
      void this.#serve(request, response)
    })
    server.timeout = patienceMs
    this.#own = server
    const { port: taken } = await listen(server, this.#access, 'METRICS')
    return `${urlOf(host, taken)}/metrics`
  }

  async close(): Promise<void> {
    this.#server.stop()
    const own = this.#own
    if (!own?.listening) return
    const closed = new Promise((resolve) => own.close(resolve))
    own.closeAllConnections()
    await closed
  }

  #mayRead(request: IncomingMessage): boolean {
    const access = this.#access
    switch (access.type) {
      case 'networks':
        return isTrusted(this.#clientOf(request), access.networks)
      case 'token':
        return isSame(request.headers.authorization ?? '', `Bearer ${access.token}`)
      case 'port':
        return false
    }
  }

  /** Empty for the client of a proxy that is not trusted: it would have the address of that proxy. */
  #clientOf(request: IncomingMessage): string {
    const address = clientAddress(request, this.#trustProxy)
    const isPassedOn = ofProxies.some((name) => request.headers[name] !== undefined)
    return isPassedOn && isPeer(request, address) ? '' : address
  }

  async #answer(): Promise<MetricsAnswer> {
    const now = performance.now()
    if (!this.#last || now - this.#last.at >= cachedMs) this.#last = { text: this.#server.text(), at: now }
    return { type: this.#server.contentType, text: await this.#last.text }
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const isAsked = request.method === 'GET' && request.url === '/metrics'
    if (!isAsked) return void response.writeHead(404, { 'Content-Type': 'text/plain' }).end('GET /metrics\n')
    const { type, text } = await this.#answer()
    response.writeHead(200, { 'Content-Type': type, 'Cache-Control': 'no-store' }).end(text)
  }
}

/** Whether the address is that of the connection: no trusted proxy has named another. */
function isPeer({ socket }: IncomingMessage, address: string): boolean {
  return (socket.remoteAddress ?? '').replace(/^::ffff:(?=\d+\.)/, '') === address
}

/** In constant time: how much of a guess is right cannot be measured. */
function isSame(given: string, expected: string): boolean {
  const [a, b] = [given, expected].map((text) => createHash('sha256').update(text).digest()) as [Buffer, Buffer]
  return timingSafeEqual(a, b)
}
