/** A server over HTTP, in place of the `fetch` of a page: each request waits for its answer. */
import { setImmediate } from 'node:timers/promises'
import { vi } from 'vitest'
import type { SocketEvents, Transport } from '../../../clients/js/src/environment.ts'
import { createHttp } from '../../../clients/js/src/http-transport.ts'

class Asked {
  readonly path: string
  readonly query: URLSearchParams
  readonly accept: string | undefined
  readonly user: string | null
  readonly signal: AbortSignal | undefined
  readonly answer: (response: Response) => void
  #stream: ReadableStreamDefaultController<Uint8Array> | undefined

  constructor(url: string, { headers, signal }: RequestInit, answer: (response: Response) => void) {
    const { pathname, searchParams } = new URL(url)
    this.path = pathname
    this.query = searchParams
    this.accept = new Headers(headers).get('accept') ?? undefined
    this.user = new Headers(headers).get('teahouse-user')
    this.signal = signal ?? undefined
    this.answer = answer
  }

  get length() {
    return String(this.query).length
  }

  /** The rooms of the commands `open`. */
  get opens(): string[] {
    return this.query.getAll('open').map((fields) => JSON.parse(fields).room)
  }

  json(body: object) {
    this.answer(Response.json(body))
  }

  /** Begins a stream, or goes on with it. */
  event(data: object, id?: string, event?: string) {
    if (!this.#stream) {
      const body = new ReadableStream<Uint8Array>({
        start: (controller) => {
          this.#stream = controller
          this.signal?.addEventListener('abort', () => controller.error(this.signal?.reason))
        },
      })
      this.answer(new Response(body))
    }
    const head = (event === undefined ? '' : `event: ${event}\n`) + (id === undefined ? '' : `id: ${id}\n`)
    this.#stream?.enqueue(new TextEncoder().encode(`${head}data: ${JSON.stringify(data)}\n\n`))
  }

  end() {
    this.#stream?.close()
  }
}

export class StreamServer {
  readonly asked: Asked[] = []
  readonly received: { type: string; [field: string]: unknown }[] = []
  readonly closed: [code: number, reason: string | undefined][] = []
  readonly #open = createHttp({ origin: 'http://127.0.0.1', isSocketBetter: true })

  constructor() {
    vi.stubGlobal('fetch', (url: string, init: RequestInit = {}) => this.#fetch(url, init))
    vi.stubGlobal('WebSocket', class {})
  }

  connect(): Transport {
    const events: SocketEvents = {
      opened: () => {},
      received: (text) => this.received.push(JSON.parse(text as string)),
      closed: (code, reason) => this.closed.push([code, reason]),
    }
    return this.#open(events)
  }

  /** The requests for a stream. */
  get streams(): Asked[] {
    return this.asked.filter(({ path }) => path === '/api/stream')
  }

  get newest(): Asked {
    const newest = this.streams.at(-1)
    if (!newest) throw new Error('Nothing was asked for.')
    return newest
  }

  async pass(ms: number) {
    await vi.advanceTimersByTimeAsync(ms)
    await settled()
  }

  #fetch(url: string, init: RequestInit): Promise<Response> {
    const { promise, resolve, reject } = Promise.withResolvers<Response>()
    init.signal?.addEventListener('abort', () => reject(init.signal?.reason))
    this.asked.push(new Asked(url, init, resolve))
    return promise
  }
}

/** What was sent has arrived. */
export async function settled() {
  for (let i = 0; i < 10; i++) await setImmediate()
}
