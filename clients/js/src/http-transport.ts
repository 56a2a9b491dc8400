/** chat.v1 over HTTP: commands are requests, and what happens comes by an event stream, or by long polls where that is held back. */
import { minuteMs, secondMs } from '../../../src/shared/durations.ts'
import { closeCodes } from '../../../src/shared/protocol/close-codes.ts'
import type { ClientFrame } from '../../../src/shared/protocol/commands.ts'
import type { SocketEvents, Transport } from './environment.ts'
import { getJson, type HttpServer, request } from './http-requests.ts'
import { streamQuery, withoutRoom } from './stream-query.ts'

/** How long a stream may take to begin, and how long it may be silent: the server writes each 15 s. */
const beginMs = 2 * secondMs
const silenceMs = 40 * secondMs
/** A stream that lasted this long is not lost when it ends: the server and proxies limit how long a response lasts. */
const stableMs = 10 * secondMs
/** After a stream that did not begin. It may have been slow only once. */
const pollsMs = 10 * minuteMs
/** Rooms that are opened together are one request. */
const gatherMs = 20
const betweenPollsMs = 400
/** Without a room, each poll is answered at once. */
const withoutRoomsMs = 5 * secondMs
/** For rooms whose cursors do not fit: others may be closed meanwhile. */
const fullMs = minuteMs
/** How often a WebSocket is tried again, and how often is asked for what was missed between two requests. */
const probeMs = 20 * secondMs
const lost = 1006

/** Frames that are newer than an answer of `/api/rooms` or `/api/me` that was on its way. */
const newerTypes: ReadonlySet<string> = new Set(['opened', 'read', 'role', 'room'])

type Frame = { type: string; room?: string; command?: string; user?: { id: number } }

interface Path {
  /** When a stream is tried again. */
  streamsFrom: number
}

/** @returns opens connections, which remember of each other in `path` whether streams come through */
export function createHttp(server: HttpServer, path: Path = { streamsFrom: 0 }): (events: SocketEvents) => Transport {
  return (events) => new HttpTransport(events, server, path)
}

class HttpTransport implements Transport {
  readonly #events: SocketEvents
  #server: HttpServer
  readonly #path: Path
  /** The query that goes on after the newest frame. */
  #query = ''
  #isWelcomed = false
  /** Rooms that are to be opened, with the fields of their commands. */
  readonly #opens = new Map<string, string>()
  /** Those that are in the request and are not answered. */
  #asked: Set<string> = new Set()
  /** Whether frames that are in no log may have been missed. */
  #hasGap = false
  /** Counts what makes an answer old that is on its way. */
  #changes = 0
  #request = new AbortController()
  #work: Promise<void> = Promise.resolve()
  #heardAt = performance.now()
  #isOver = false
  #restarting: ReturnType<typeof setTimeout> | undefined
  readonly #probing: ReturnType<typeof setInterval>

  constructor(events: SocketEvents, server: HttpServer, path: Path) {
    this.#events = events
    this.#server = server
    this.#path = path
    this.#probing = setInterval(() => {
      if (server.isSocketBetter) this.#probe()
      void this.#refresh()
    }, probeMs)
    void this.#receive()
  }

  send(text: string) {
    const frame: ClientFrame = JSON.parse(text)
    if (frame.type !== 'ping') this.#changes++
    if (frame.type === 'open') {
      this.#opens.set(frame.room, JSON.stringify({ ...frame, type: undefined }))
      this.#restartSoon()
    } else if (frame.type === 'close') {
      this.#opens.delete(frame.room)
      this.#query = withoutRoom(this.#query, frame.room)
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

  #close(code: number, reason?: string) {
    if (this.#isOver) return
    this.drop()
    this.#events.closed(code, reason)
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
    this.#request = new AbortController()
    const { signal } = this.#request
    try {
      while (!signal.aborted) {
        if (performance.now() >= this.#path.streamsFrom) await this.#stream(signal)
        else await this.#poll(signal)
      }
    } catch {
      if (!signal.aborted) this.#close(lost)
    }
  }

  #nextPath(): string {
    const { query, asked } = streamQuery(this.#query, this.#opens, this.#isWelcomed)
    this.#asked = asked
    if (!asked.size) this.#refuseOpens()
    return `/api/stream?${query}`
  }

  /** The cursors of the open rooms leave no place for these. */
  #refuseOpens() {
    const rooms = [...this.#opens.keys()]
    this.#opens.clear()
    const error = { type: 'error', code: 'unavailable', message: 'The query is full.', retryAfterMs: fullMs }
    for (const room of rooms) this.#events.received(JSON.stringify({ ...error, command: 'open', room }))
  }

  /** Receives until it ends. When nothing came, something between waits for the end. Then polls are used. */
  async #stream(signal: AbortSignal) {
    const beganAt = performance.now()
    const ending = new AbortController()
    const end = () => ending.abort()
    signal.addEventListener('abort', end)
    let isHeld = false
    const timer = setTimeout(() => {
      isHeld = true
      end()
    }, beginMs)
    try {
      const response = await request(this.#server, this.#nextPath(), {
        headers: { accept: 'text/event-stream' },
        signal: ending.signal,
      })
      if (!response.ok || !response.body) return this.#refused(response)
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
      let rest = ''
      let isFirst = true
      for (let read = await reader.read(); !read.done; read = await reader.read()) {
        clearTimeout(timer)
        if (signal.aborted) return
        this.#hasGap ||= isFirst
        isFirst = false
        this.#heardAt = performance.now()
        const events = (rest + read.value).split('\n\n')
        rest = events.pop() ?? ''
        for (const event of events) this.#event(event)
      }
      if (!signal.aborted && performance.now() - beganAt < stableMs) this.#close(lost)
    } catch (error) {
      if (!isHeld) throw error
      this.#path.streamsFrom = performance.now() + pollsMs
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
    if (fields.get('event') === 'closed') {
      const { code, reason } = JSON.parse(data)
      return this.#close(code, reason)
    }
    this.#query = fields.get('id') ?? this.#query
    this.#frame(JSON.parse(data), data)
  }

  async #poll(signal: AbortSignal) {
    const response = await request(this.#server, this.#nextPath(), { signal })
    if (!response.ok) return this.#refused(response)
    const { frames, next, closed } = await response.json()
    if (signal.aborted) return
    this.#heardAt = performance.now()
    this.#hasGap = true
    this.#query = next
    for (const frame of frames) this.#frame(frame, JSON.stringify(frame))
    if (closed) return this.#close(closed.code, closed.reason)
    await new Promise((resolve) => setTimeout(resolve, next ? betweenPollsMs : withoutRoomsMs))
  }

  #frame(frame: Frame, text: string) {
    if (this.#isOver) return
    if (newerTypes.has(frame.type)) this.#changes++
    const isAnswer = frame.type === 'opened' || (frame.type === 'error' && frame.command === 'open')
    if (isAnswer && frame.room !== undefined) this.#answered(frame.room)
    if (frame.type === 'welcome' && !this.#isWelcomed) {
      this.#isWelcomed = true
      // Somebody else may sign in, in another tab: what this one sends must not become theirs.
      this.#server = { ...this.#server, headers: { ...this.#server.headers, 'teahouse-user': `${frame.user?.id}` } }
      this.#events.opened()
    }
    this.#events.received(text)
  }

  #answered(room: string) {
    this.#opens.delete(room)
    // Those that did not fit are next.
    if (this.#asked.delete(room) && !this.#asked.size && this.#opens.size) this.#restartSoon()
  }

  /** A 403 may be of a proxy: a ban, which deletes what the page keeps, is believed only as a close code. */
  #refused({ status }: Response) {
    this.#close(status === 401 ? closeCodes.invalidUser : lost)
  }

  async #command({ type, ...fields }: ClientFrame) {
    if (this.#isOver) return
    try {
      const response = await request(this.#server, `/api/${type}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(fields),
      })
      if (response.status === 401) return this.#refused(response)
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
    } finally {
      this.#changes++
    }
  }

  /** The server answers, and the stream is alive. */
  async #ping() {
    const { ok } = await request(this.#server, '/api/me').catch(() => ({ ok: false }))
    if (ok && !this.#isOver && performance.now() - this.#heardAt < silenceMs) this.#events.received('{"type":"pong"}')
  }

  /** Only the logs of rooms go on where a request ended. What else has changed for the user is asked for. */
  async #refresh() {
    if (!this.#hasGap || this.#opens.size) return
    this.#hasGap = false
    const before = this.#changes
    try {
      const [{ rooms }, { role }] = await Promise.all([
        getJson(this.#server, '/api/rooms'),
        getJson(this.#server, '/api/me'),
      ])
      if (this.#isOver) return
      if (this.#changes !== before) throw new Error('Something newer may have come.')
      this.#events.received(JSON.stringify({ type: 'role', role }))
      for (const summary of rooms) this.#events.received(JSON.stringify({ type: 'room', ...summary }))
    } catch {
      this.#hasGap = true
    }
  }

  #probe() {
    const socket = new WebSocket(`${this.#server.origin.replace(/^http/, 'ws')}/ws/echo`)
    socket.onopen = () => {
      socket.close()
      this.#close(closeCodes.restart)
    }
  }
}
