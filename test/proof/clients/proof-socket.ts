/** A client's connection to the server, reopened without end by the rules of the page's `connection.ts`. */
import { type Carrier, type Carry, type SentFrame, webSocket } from './carriers.ts'

/** The page's own; a run may shorten them, never change the rule. */
export const pageTimes = {
  firstRetryMs: 500,
  maxRetryMs: 30_000,
  stableMs: 10_000,
  connectMs: 5_000,
  /** It asks when it heard nothing for half of this, and gives the line up after all of it. */
  silenceMs: 10_000,
  /** A connection that sends but does not answer, since one direction is cut, is given up too. */
  answerMs: 30_000,
  busyMs: 2_000,
}
export type Times = typeof pageTimes

const floodCode = 4129
const floodMs = 60_000
/** After these, coming back by itself would end the same way. */
const finalCodes: ReadonlySet<number> = new Set([1003, 1007, 1009, 4001, 4002, 4003, 4010])

export interface LineNeeds {
  /** `http://…`; asked anew for each line, so that it may change. */
  origin(): string
  cookie: string
  times: Times
  /** A WebSocket unless said. */
  carry?: Carry | undefined
  opened(): void
  heard(data: Buffer): void
  lost(): void
}

export class ProofSocket {
  /** How many lines were opened so far. */
  opened = 0
  /** The close code after which it does not come back by itself. */
  finalCode: number | undefined
  readonly #needs: LineNeeds
  #carrier: Carrier | undefined
  #attempt = 0
  #leaveMs = 0
  #openedAt = 0
  #heardAt = 0
  #askedAt: number | undefined
  #timer: NodeJS.Timeout | undefined
  #watch: NodeJS.Timeout | undefined
  #isPaused = false
  #isStopped = false

  constructor(needs: LineNeeds) {
    this.#needs = needs
  }

  start(): void {
    this.#drop()
    if (this.#isStopped) return
    const { origin: originOf, cookie, times, carry = webSocket } = this.#needs
    const origin = originOf()
    this.#carrier = carry(
      { origin, cookie: cookieAt(origin, cookie), connectMs: times.connectMs },
      {
        opened: () => this.#opened(),
        heard: (data) => this.#heard(data),
        closed: (code) => this.#closed(code),
      },
    )
  }

  /** Disconnects without reconnecting. */
  stop(): void {
    this.#isStopped = true
    this.#drop()
  }

  send(frame: SentFrame): void {
    this.#askedAt ??= performance.now()
    this.#carrier?.send(frame)
  }

  /** The server has answered something. */
  answered(): void {
    this.#askedAt = undefined
  }

  /** The server said that it will be away for so long. */
  comeBackAfter(ms: number): void {
    this.#leaveMs = ms
  }

  /** Loses its connection without a word, and opens another after so long. */
  tear(offlineMs: number): void {
    this.#drop()
    if (!this.#isStopped) this.#timer = setTimeout(() => this.start(), offlineMs)
  }

  /** Stops to read, as a machine does that is asleep or far too busy. */
  pause(): void {
    this.#isPaused = true
    this.#carrier?.pause?.()
  }

  resume(): void {
    this.#isPaused = false
    this.#heardAt = performance.now()
    this.#askedAt = undefined
    this.#carrier?.resume?.()
  }

  #opened(): void {
    this.opened++
    this.#openedAt = this.#heardAt = performance.now()
    this.#watch = setInterval(() => this.#look(), this.#needs.times.silenceMs / 10)
    this.#needs.opened()
  }

  #heard(data: Buffer): void {
    this.#heardAt = performance.now()
    this.#needs.heard(data)
  }

  #look(): void {
    if (this.#isPaused) return
    const { silenceMs, answerMs } = this.#needs.times
    const now = performance.now()
    const silentMs = now - this.#heardAt
    const unansweredMs = this.#askedAt === undefined ? 0 : now - this.#askedAt
    if (silentMs >= silenceMs || unansweredMs >= answerMs) return this.#closed(1006)
    if (silentMs >= silenceMs / 2) this.send({ type: 'ping' })
  }

  #closed(code: number): void {
    const { times } = this.#needs
    const wasStable = this.#openedAt > 0 && performance.now() - this.#openedAt >= times.stableMs
    if (finalCodes.has(code)) {
      this.finalCode = code
      return this.stop()
    }
    if (wasStable) this.#attempt = 0
    const leaveMs = code === floodCode ? Math.max(floodMs, this.#leaveMs) : this.#leaveMs
    const ceilingMs = Math.min(times.maxRetryMs, times.firstRetryMs * 2 ** this.#attempt++)
    this.#leaveMs = 0
    // Full jitter: those who were cut off together must not come back together.
    this.tear(leaveMs + Math.random() * Math.max(ceilingMs, leaveMs))
  }

  #drop(): void {
    clearInterval(this.#watch)
    clearTimeout(this.#timer)
    this.#isPaused = false
    this.#openedAt = 0
    this.#askedAt = undefined
    const carrier = this.#carrier
    this.#carrier = undefined
    carrier?.drop()
    if (carrier) this.#needs.lost()
  }
}

/** The name of a cookie has the port of its server. A proxy has another one. */
function cookieAt(origin: string, cookie: string): string {
  return cookie.replace(/^session-\d+/, `session-${new URL(origin).port}`)
}
