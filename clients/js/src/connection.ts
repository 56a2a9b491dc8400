/** A lasting connection to a server: opens it, notices when it is dead, opens the next. It knows nothing of chat. */
import { reconnectAfter } from '../../../src/shared/protocol/close-codes.ts'
import * as times from './connection-times.ts'
import type { Environment, Transport } from './environment.ts'

export type ConnectionState =
  /** `code`: why the last connection was closed, where the server said it. */
  | { state: 'waiting'; retryAt: number; attempt: number; code?: number }
  | { state: 'connecting'; attempt: number }
  | { state: 'open' }
  | { state: 'ended'; code: number; reason?: string | undefined }

export interface Listener {
  changed(state: ConnectionState): void
  received(text: string): void
}

const ping = JSON.stringify({ type: 'ping' })

export class Connection {
  readonly #around: Environment
  readonly #listener: Listener
  #state: ConnectionState = { state: 'waiting', retryAt: 0, attempt: 0 }
  #transport: Transport | undefined
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
  readonly #stopped = new AbortController()

  constructor(around: Environment, listener: Listener) {
    this.#around = around
    this.#listener = listener
    const on = (type: string, listener: () => void) =>
      around.events.addEventListener(type, listener, { signal: this.#stopped.signal })
    on('online', () => this.wake())
    on('offline', () => this.#state.state === 'open' && this.#ask(times.offlineAnswerMs))
    on('visibilitychange', () => around.isHidden() || this.wake())
    on('pagehide', () => this.#rest())
    on('pageshow', () => {
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

  /** Closes the connection for good. */
  stop(code: number, reason?: string) {
    this.#stopped.abort()
    this.#drop()
    this.#enter({ state: 'ended', code, reason })
  }

  /** Whether it was handed to an open connection. It may still not arrive. */
  send(text: string): boolean {
    if (this.#state.state !== 'open' || !this.#transport) return false
    this.#transport.send(text)
    return true
  }

  /** The server said that it will be away for so long. */
  reconnectAfter(ms: number) {
    this.#leaveMs = ms
  }

  /** Retries now, at the request of the user. */
  tryNow() {
    if (this.#state.state === 'waiting') this.#connect()
  }

  /** Something happened after which the connection may be dead, or may work again. */
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
    this.#transport = this.#around.openSocket({
      opened: () => this.#opened(),
      received: (data) => this.#received(data),
      closed: (code, reason) => this.#closed(code, reason),
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

  /** @param code missing when the page gave the connection up */
  #closed(code = 1006, reason?: string) {
    const wasStable = this.#state.state === 'open' && this.#heardAt - this.#openedAt >= times.stableMs
    this.#drop()
    const reconnect = reconnectAfter(code)
    if (reconnect === 'no') return this.#enter({ state: 'ended', code, reason })
    this.#attempt = wasStable ? 0 : this.#attempt
    this.#wait(reconnect === 'after a minute' ? Math.max(times.floodMs, this.#leaveMs) : this.#leaveMs, code)
  }

  /** Full jitter: those who were cut off together must not come back together. */
  #wait(leaveMs: number, code: number) {
    const { clock, random } = this.#around
    const ceiling = Math.min(times.maxRetryMs, times.firstRetryMs * 2 ** this.#attempt)
    const delay = leaveMs + random() * Math.max(ceiling, leaveMs)
    this.#attempt += 1
    this.#notBefore = clock.now() + leaveMs
    this.#leaveMs = 0
    this.#enter({ state: 'waiting', retryAt: clock.now() + delay, attempt: this.#attempt, code })
    this.#callOff = clock.after(delay, () => this.#connect())
  }

  /** Browsers keep no page with an open connection in the back/forward cache. `pageshow` reconnects. */
  #rest() {
    if (this.#state.state === 'ended') return
    this.#isResting = true
    this.#drop()
    const retryAt = this.#state.state === 'waiting' ? this.#state.retryAt : this.#around.clock.now()
    this.#enter({ state: 'waiting', retryAt, attempt: this.#attempt })
  }

  /** Drops the connection at once: closing a dead one can take minutes, and its frames must be ignored meanwhile. */
  #drop() {
    this.#callOff()
    this.#asked = undefined
    this.#transport?.drop()
    this.#transport = undefined
  }

  #enter(state: ConnectionState) {
    this.#state = state
    this.#listener.changed(state)
  }
}
