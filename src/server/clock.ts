/**
 * Whether the clock of the machine can be believed. Entries are dated by it, whatever it says; their order comes from their ids.
 * But nothing is deleted because of a clock that jumps.
 *
 * The rule: the server writes down what time it is, and counts on with the monotonic clock. A clock that is more than three days
 * ahead of that, or more than an hour behind it, is in doubt, until the server has run with it for a day. While it is in doubt, no
 * session ends by age and nothing is deleted. A ban, a mute or a link may seem to be over as long as the clock is ahead, and holds
 * again once it is set right. A server that was off for longer than three days doubts its clock for a day, too.
 */
import { dayMs, hourMs } from '../shared/durations.ts'
import type { Log } from './log.ts'
import type { ClockNote } from './store/store.ts'

const maxAheadMs = 3 * dayMs
const maxBehindMs = hourMs
const confirmedAfterMs = dayMs

interface Needs {
  log: Pick<Log, 'event'>
  wall?: () => number
  monotonic?: () => number
}

export class Clock {
  readonly #log: Pick<Log, 'event'>
  readonly #wall: () => number
  readonly #monotonic: () => number
  /** What the believed clock showed when the monotonic one showed `#since`. */
  #at: number
  #since: number
  #doubtMs: number
  /** How far the clock is off from what is believed; undefined as long as it is not in doubt. */
  #offMs: number | undefined

  /** @param note of the last run, if there was one */
  constructor(note: ClockNote | undefined, { log, wall = Date.now, monotonic = () => performance.now() }: Needs) {
    this.#log = log
    this.#wall = wall
    this.#monotonic = monotonic
    this.#since = monotonic()
    this.#at = note?.at ?? wall()
    this.#doubtMs = note?.doubtMs ?? 0
    this.look()
  }

  /** Whether nothing may end because of what the clock says now. */
  get isInDoubt(): boolean {
    return isImplausible(this.#wall() - this.#believed())
  }

  get note(): ClockNote {
    return { at: Math.round(this.#believed()), doubtMs: Math.round(this.#doubtMs) }
  }

  /** To be called every minute or so: tells the operator of a jump, and believes the clock after a day. */
  look(): void {
    const elapsedMs = this.#monotonic() - this.#since
    const offMs = this.#wall() - this.#believed()
    this.#at = this.#believed()
    this.#since += elapsedMs
    if (!isImplausible(offMs)) return this.#believe()
    const isAnother = this.#offMs !== undefined && Math.abs(offMs - this.#offMs) > maxBehindMs
    if (this.#offMs === undefined || isAnother) this.#log.event('clock-jumped', { seconds: Math.round(offMs / 1000) })
    this.#doubtMs = isAnother ? 0 : this.#doubtMs + elapsedMs
    this.#offMs = offMs
    if (this.#doubtMs >= confirmedAfterMs) this.#believe()
  }

  #believe(): void {
    this.#at = this.#wall()
    this.#doubtMs = 0
    this.#offMs = undefined
  }

  #believed(): number {
    return this.#at + this.#monotonic() - this.#since
  }
}

function isImplausible(offMs: number): boolean {
  return offMs > maxAheadMs || offMs < -maxBehindMs
}
