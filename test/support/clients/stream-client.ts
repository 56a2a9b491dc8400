/** Clients of `GET /api/stream`: a reader of event streams that awaits the next frame, and one long poll. */

import { patienceMs } from '../run/timeouts.ts'
import type { Cleanup, Person, TestServer } from '../server/server.ts'

type Frame = Record<string, unknown> & { type: string }

export interface StreamEvent {
  id: string | undefined
  event: string | undefined
  frame: Frame
}

/** A query as the server says it, with the ids of its cursors alone. */
export function idsIn(query: string | undefined): string | undefined {
  return query?.replace(/&log=[0-9a-f]{8}(\.[0-9a-z]*)+$/, '')
}

export class StreamClient {
  readonly response: Response
  /** Every event so far, waited for or not. */
  readonly received: StreamEvent[] = []
  /** All bytes as they came. */
  text = ''
  /** Resolves when the response has ended. */
  readonly ended: Promise<void>
  readonly #abort: AbortController
  #unread: StreamEvent[] = []
  #rest = ''
  #isOver = false
  #wake: (() => void) | undefined

  constructor(response: Response, abort: AbortController) {
    this.response = response
    this.#abort = abort
    this.ended = this.#read().catch(() => {})
  }

  /** The next event that fits; others before it are passed over. */
  async nextWhere(fits: (event: StreamEvent) => boolean, what = 'an event'): Promise<StreamEvent> {
    const deadline = performance.now() + patienceMs
    for (;;) {
      for (let event = this.#unread.shift(); event; event = this.#unread.shift()) if (fits(event)) return event
      if (this.#isOver || performance.now() > deadline)
        throw new Error(
          `${this.#isOver ? 'Ended' : 'Nothing came'} while waiting for ${what}. So far: ${this.text.slice(-2_000)}`,
        )
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 1_000)
        this.#wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
  }

  next(type: string): Promise<StreamEvent> {
    return this.nextWhere(({ frame }) => frame.type === type, `a "${type}"`)
  }

  /** The query that goes on after the newest event. */
  get lastId(): string {
    return this.received.findLast(({ id }) => id !== undefined)?.id ?? ''
  }

  async close(): Promise<void> {
    this.#abort.abort()
    await this.ended
  }

  async #read(): Promise<void> {
    try {
      const decoder = new TextDecoder()
      for await (const chunk of this.response.body ?? []) this.#take(decoder.decode(chunk, { stream: true }))
    } finally {
      this.#isOver = true
      this.#wake?.()
    }
  }

  #take(chunk: string): void {
    this.text += chunk
    const blocks = (this.#rest + chunk).split('\n\n')
    this.#rest = blocks.pop() ?? ''
    for (const block of blocks) {
      const lines = block.split('\n')
      const field = (name: string) => lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2)
      const data = field('data')
      if (data === undefined) continue
      const event = { id: field('id'), event: field('event'), frame: JSON.parse(data) }
      this.received.push(event)
      this.#unread.push(event)
    }
    this.#wake?.()
  }
}

/** Asks for an event stream. */
export async function openStream(
  t: Cleanup,
  { url }: Pick<TestServer, 'url'>,
  { cookie }: Pick<Person, 'cookie'>,
  query: string,
  headers: Record<string, string> = {},
): Promise<StreamClient> {
  const abort = new AbortController()
  const response = await fetch(`${url}/api/stream?${query}`, {
    headers: { accept: 'text/event-stream', cookie, ...headers },
    signal: abort.signal,
  })
  const client = new StreamClient(response, abort)
  t.onTestFinished(() => client.close())
  return client
}

export interface PollAnswer {
  status: number
  headers: Headers
  frames: Frame[]
  next: string
  /** The whole body. */
  body: Record<string, unknown>
}

/** Asks once. */
export async function poll(
  { url }: Pick<TestServer, 'url'>,
  { cookie }: Pick<Person, 'cookie'>,
  query: string,
  { headers = {}, signal }: { headers?: Record<string, string>; signal?: AbortSignal } = {},
): Promise<PollAnswer> {
  const response = await fetch(`${url}/api/stream?${query}`, {
    headers: { cookie, ...headers },
    ...(signal && { signal }),
  })
  const text = await response.text()
  const body = text ? JSON.parse(text) : {}
  return { status: response.status, headers: response.headers, frames: body.frames, next: body.next, body }
}
