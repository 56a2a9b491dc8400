/** chat.v1 over HTTP: commands are requests, and what happens comes by an event stream, or by long polls where that is held back. */
import { secondMs } from '../../shared/durations.ts'
import { closeCodes } from '../../shared/protocol/close-codes.ts'
import type { ClientFrame } from '../../shared/protocol/commands.ts'
import type { SocketEvents, Transport } from './environment.ts'

/** How long a stream may take to begin, and how long it may be silent: the server writes each 15 s. */
const beginMs = 2 * secondMs
const silenceMs = 40 * secondMs
/** Rooms that are opened together are one request. */
const gatherMs = 20
const betweenPollsMs = 400
/** How often a WebSocket is tried again. */
const probeMs = 20 * secondMs
const lost = 1006

type Frame = { type: string; room?: string; command?: string }

/** @returns opens connections, which remember of each other whether streams come through */
export function createHttp(): (events: SocketEvents) => Transport {
  const path = { canStream: true }
  return (events) => new HttpTransport(events, path)
}

class HttpTransport implements Transport {
  readonly #events: SocketEvents
  readonly #path: { canStream: boolean }
  /** The query that goes on after the newest frame. */
  #query = ''
  #isWelcomed = false
  /** Rooms that are to be opened, with the fields of their commands. */
  readonly #opens = new Map<string, string>()
  #request = new AbortController()
  #work: Promise<void> = Promise.resolve()
  #heardAt = performance.now()
  #isOver = false
  #restarting: ReturnType<typeof setTimeout> | undefined
  readonly #probing: ReturnType<typeof setInterval>

  constructor(events: SocketEvents, path: { canStream: boolean }) {
    this.#events = events
    this.#path = path
    this.#probing = setInterval(() => this.#probe(), probeMs)
    void this.#receive()
  }

  send(text: string) {
    const frame: ClientFrame = JSON.parse(text)
    if (frame.type === 'open') {
      this.#opens.set(frame.room, text)
      this.#restartSoon()
    } else if (frame.type === 'close') {
      this.#opens.delete(frame.room)
      this.#query = without(this.#query, [frame.room])
      this.#restartSoon()
    } else if (frame.type === 'ping') {
      void this.#ping()
    } else {
      // One after the other, as on a WebSocket.
      this.#work = this.#work.then(() => this.#command(frame))
    }
  }

  drop() {
    this.#isOver = true
    clearTimeout(this.#restarting)
    clearInterval(this.#probing)
    this.#request.abort()
  }

  #close(code: number) {
    if (this.#isOver) return
    this.drop()
    this.#events.closed(code)
  }

  #restartSoon() {
    this.#restarting ??= setTimeout(() => {
      this.#restarting = undefined
      this.#request.abort()
      void this.#receive()
    }, gatherMs)
  }

  /** Receives until the request is aborted, for another or because it is over. */
  async #receive() {
    const request = new AbortController()
    this.#request = request
    const { signal } = request
    try {
      if (this.#path.canStream) this.#path.canStream = await this.#stream(signal)
      while (!signal.aborted) await this.#poll(signal)
    } catch {
      if (!signal.aborted) this.#close(lost)
    }
  }

  get #url(): string {
    const query = new URLSearchParams(without(this.#query, [...this.#opens.keys()]))
    if (!this.#isWelcomed) query.set('welcome', '')
    for (const fields of this.#opens.values()) query.append('open', fields)
    return `/api/stream?${query}`
  }

  /** @returns false when nothing came: something between waits for the end */
  async #stream(signal: AbortSignal): Promise<boolean> {
    const request = new AbortController()
    const end = () => request.abort()
    signal.addEventListener('abort', end)
    let isHeld = false
    const timer = setTimeout(() => {
      isHeld = true
      end()
    }, beginMs)
    try {
      const response = await fetch(this.#url, { headers: { accept: 'text/event-stream' }, signal: request.signal })
      if (!response.ok || !response.body) return this.#refused(response)
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
      let rest = ''
      for (let read = await reader.read(); !read.done; read = await reader.read()) {
        clearTimeout(timer)
        if (signal.aborted) return true
        this.#heardAt = performance.now()
        const events = (rest + read.value).split('\n\n')
        rest = events.pop() ?? ''
        for (const event of events) this.#event(event)
      }
      if (!signal.aborted) this.#close(lost)
      return true
    } catch (error) {
      if (!isHeld) throw error
      return false
    } finally {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
    }
  }

  #event(event: string) {
    const fields = new Map(
      event.split('\n').map((line) => [line.split(':', 1)[0], line.replace(/^\w*: ?/, '')] as const),
    )
    const data = fields.get('data')
    if (data === undefined) return
    if (fields.get('event') === 'closed') return this.#close(JSON.parse(data).code)
    this.#query = fields.get('id') ?? this.#query
    this.#frame(JSON.parse(data), data)
  }

  async #poll(signal: AbortSignal) {
    const response = await fetch(this.#url, { signal })
    if (!response.ok) return this.#refused(response)
    const { frames, next, closed } = await response.json()
    if (signal.aborted) return
    this.#heardAt = performance.now()
    this.#query = next
    for (const frame of frames) this.#frame(frame, JSON.stringify(frame))
    if (closed) return this.#close(closed.code)
    await new Promise((resolve) => setTimeout(resolve, betweenPollsMs))
  }

  #frame(frame: Frame, text: string) {
    if (this.#isOver) return
    const isAnswer = frame.type === 'opened' || (frame.type === 'error' && frame.command === 'open')
    if (isAnswer && frame.room !== undefined) this.#opens.delete(frame.room)
    if (frame.type === 'welcome' && !this.#isWelcomed) {
      this.#isWelcomed = true
      this.#events.opened()
    }
    this.#events.received(text)
  }

  /** @returns true: it is over */
  #refused({ status }: Response): true {
    if (status === 401) this.#close(closeCodes.invalidUser)
    else if (status === 403) this.#close(closeCodes.banned)
    else this.#close(lost)
    return true
  }

  async #command({ type, ...fields }: ClientFrame) {
    if (this.#isOver) return
    try {
      const response = await fetch(`/api/${type}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(fields),
      })
      if (response.status === 401) return void this.#refused(response)
      const text = await response.text()
      if (this.#isOver || !text) return
      if (response.ok) return this.#events.received(text)
      const wait = Number(response.headers.get('retry-after'))
      const { key, room } = fields as { key?: string; room?: string }
      // A request that was refused before it was read is answered without these.
      const error = { command: type, key, room, ...(wait && { retryAfterMs: wait * secondMs }), ...JSON.parse(text) }
      this.#events.received(JSON.stringify(error))
    } catch {
      this.#close(lost)
    }
  }

  /** The server answers, and the stream is alive. */
  async #ping() {
    const { ok } = await fetch('/api/me').catch(() => ({ ok: false }))
    if (ok && !this.#isOver && performance.now() - this.#heardAt < silenceMs) this.#events.received('{"type":"pong"}')
  }

  #probe() {
    const socket = new WebSocket(`${location.origin.replace(/^http/, 'ws')}/ws/echo`)
    socket.onopen = () => {
      socket.close()
      this.#close(closeCodes.restart)
    }
  }
}

function without(query: string, rooms: readonly string[]): string {
  const kept = new URLSearchParams(query)
    .getAll('room')
    .filter((one) => !rooms.includes(one.slice(0, one.lastIndexOf(':'))))
  return String(new URLSearchParams(kept.map((one) => ['room', one])))
}
