/** One line to a server for ever: opens it, notices when it is dead, opens the next. It knows nothing of chat. */
import { reconnectAfter } from '../../shared/protocol/close-codes.ts'

export type ConnectionState =
  | { state: 'waiting'; retryAt: number; attempt: number }
  | { state: 'connecting'; attempt: number }
  | { state: 'open' }
  | { state: 'ended'; code: number }

export interface Transport {
  send(text: string): void
  /** Lets go of it: from now on it says nothing, and it closes when it can. */
  drop(): void
}

export interface SocketEvents {
  opened(): void
  received(data: unknown): void
  closed(code: number): void
}

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number
  /** Calls back once, after at least `ms`; the result calls it off. */
  after(ms: number, callback: () => void): () => void
}

export interface Environment {
  openSocket(events: SocketEvents): Transport
  clock: Clock
  /** From 0 up to, not including, 1. */
  random(): number
  /** Whether nobody can see the page. */
  isHidden(): boolean
  /** Where `visibilitychange`, `pageshow`, `pagehide` and `online` are heard: the window. */
  events: EventTarget
}

export interface Listener {
  changed(state: ConnectionState): void
  received(text: string): void
}

export const times = {
  firstRetryMs: 500,
  maxRetryMs: 30_000,
  /** A line that still speaks after this has shown that the server is well; before that, trying again soon is an attack. */
  stableMs: 10_000,
  connectMs: 5_000,
  /** Silence after which the page asks, and for how long it waits for the answer: a dead line is given up after 10 s. */
  silenceMs: 5_000,
  answerMs: 5_000,
  /** The same for a page that nobody sees: spares batteries, and is still shorter than any proxy's patience. */
  hiddenSilenceMs: 20_000,
  hiddenAnswerMs: 10_000,
  /** After waking up a line is more likely dead than alive. */
  wakeAnswerMs: 5_000,
  /** A tick that comes this much too late: the machine slept. */
  jumpMs: 20_000,
  floodMs: 60_000,
} as const

const ping = JSON.stringify({ type: 'ping' })

export class Connection {
  readonly #around: Environment
  readonly #listener: Listener
  #state: ConnectionState = { state: 'waiting', retryAt: 0, attempt: 0 }
  #line: Transport | undefined
  #attempt = 0
  #openedAt = 0
  /** The server asked not to be called before this. */
  #notBefore = 0
  #leaveMs = 0
  #isResting = false
  #heardAt = 0
  #tickedAt = 0
  #asked: { at: number; limitMs: number } | undefined
  #callOff: () => void = () => {}

  constructor(around: Environment, listener: Listener) {
    this.#around = around
    this.#listener = listener
    around.events.addEventListener('online', () => this.wake())
    around.events.addEventListener('visibilitychange', () => around.isHidden() || this.wake())
    around.events.addEventListener('pagehide', () => this.#rest())
    around.events.addEventListener('pageshow', () => {
      this.#isResting = false
      this.wake()
    })
  }

  get state(): ConnectionState {
    return this.#state
  }

  start() {
    this.#connect()
  }

  /** Whether it was handed to an open line; that is no promise that it arrives. */
  send(text: string): boolean {
    if (this.#state.state !== 'open' || !this.#line) return false
    this.#line.send(text)
    return true
  }

  /** The server said that it will be away for so long. */
  reconnectAfter(ms: number) {
    this.#leaveMs = ms
  }

  /** Somebody asks: now, whatever was planned. */
  tryNow() {
    if (this.#state.state === 'waiting') this.#connect()
  }

  /** Something happened after which the line may be dead, or may work again. */
  wake() {
    // A page that is being left becomes invisible after `pagehide`: nothing to wake up for.
    if (this.#isResting) return
    const now = this.#around.clock.now()
    if (this.#state.state === 'open') return this.#ask(times.wakeAnswerMs)
    if (this.#state.state !== 'waiting') return
    if (now >= this.#notBefore) return this.#connect()
    // The server asked for this wait. Its timer ended when the page went into the back/forward cache.
    this.#callOff()
    this.#callOff = this.#around.clock.after(Math.max(this.#state.retryAt, this.#notBefore) - now, () =>
      this.#connect(),
    )
  }

  #connect() {
    this.#drop()
    this.#enter({ state: 'connecting', attempt: this.#attempt })
    this.#line = this.#around.openSocket({
      opened: () => this.#opened(),
      received: (data) => this.#received(data),
      closed: (code) => this.#closed(code),
    })
    this.#callOff = this.#around.clock.after(times.connectMs, () => this.#closed())
  }

  #opened() {
    const now = this.#around.clock.now()
    this.#openedAt = now
    this.#heardAt = now
    this.#enter({ state: 'open' })
    this.#tickLater()
  }

  #received(data: unknown) {
    this.#heardAt = this.#around.clock.now()
    this.#asked = undefined
    if (typeof data === 'string') this.#listener.received(data)
  }

  #tickLater() {
    const { clock } = this.#around
    this.#callOff()
    this.#tickedAt = clock.now()
    const until = this.#asked ? this.#asked.at + this.#asked.limitMs : this.#heardAt + times.silenceMs
    // Never later than that, so that a jump of the clock is noticed; a page that nobody sees asks at a later tick.
    const ms = until > this.#tickedAt ? Math.min(until - this.#tickedAt, times.answerMs) : times.silenceMs
    this.#callOff = clock.after(ms, () => this.#tick())
  }

  /** Timers sleep in hidden tabs, so nothing is concluded from a timer but that now is the time to compare times. */
  #tick() {
    const now = this.#around.clock.now()
    if (this.#asked && now - this.#asked.at >= this.#asked.limitMs) return this.#closed()
    if (now - this.#tickedAt >= times.jumpMs) return this.#ask(times.wakeAnswerMs)
    const [silenceMs, answerMs] = this.#around.isHidden()
      ? [times.hiddenSilenceMs, times.hiddenAnswerMs]
      : [times.silenceMs, times.answerMs]
    if (now - this.#heardAt >= silenceMs && !this.#asked) return this.#ask(answerMs)
    this.#tickLater()
  }

  #ask(limitMs: number) {
    const now = this.#around.clock.now()
    if (!this.#asked || this.#asked.at + this.#asked.limitMs > now + limitMs) this.#asked = { at: now, limitMs }
    this.send(ping)
    this.#tickLater()
  }

  /** `code` is missing when it was us who gave the line up. */
  #closed(code = 1006) {
    const wasStable = this.#state.state === 'open' && this.#heardAt - this.#openedAt >= times.stableMs
    this.#drop()
    const reconnect = reconnectAfter(code)
    if (reconnect === 'no') return this.#enter({ state: 'ended', code })
    this.#attempt = wasStable ? 0 : this.#attempt
    this.#wait(reconnect === 'after a minute' ? Math.max(times.floodMs, this.#leaveMs) : this.#leaveMs)
  }

  /** Full jitter: those who were cut off together must not come back together. */
  #wait(leaveMs: number) {
    const { clock, random } = this.#around
    const ceiling = Math.min(times.maxRetryMs, times.firstRetryMs * 2 ** this.#attempt)
    const delay = leaveMs + random() * Math.max(ceiling, leaveMs)
    this.#attempt += 1
    this.#notBefore = clock.now() + leaveMs
    this.#leaveMs = 0
    this.#enter({ state: 'waiting', retryAt: clock.now() + delay, attempt: this.#attempt })
    this.#callOff = clock.after(delay, () => this.#connect())
  }

  /** A page with an open line cannot be kept for the back button; `pageshow` brings the line back. */
  #rest() {
    if (this.#state.state === 'ended') return
    this.#isResting = true
    this.#drop()
    const retryAt = this.#state.state === 'waiting' ? this.#state.retryAt : this.#around.clock.now()
    this.#enter({ state: 'waiting', retryAt, attempt: this.#attempt })
  }

  /** Closing a dead line can take minutes, and nothing that it still says may be heard: let go at once. */
  #drop() {
    this.#callOff()
    this.#asked = undefined
    this.#line?.drop()
    this.#line = undefined
  }

  #enter(state: ConnectionState) {
    this.#state = state
    this.#listener.changed(state)
  }
}
