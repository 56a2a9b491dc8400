/** Bounds how often an event is logged: an attacker must not be able to fill the disk, or to hide among their own lines. */
import { minuteMs } from '../shared/durations.ts'

const windowMs = minuteMs
/** Lines of one event from all networks in a minute. It bounds the number of networks that are remembered as well. */
const maxOfEvent = 300

export interface Suppressed {
  event: string
  reason: string | undefined
  network: string | undefined
  count: number
}

interface Window extends Suppressed {
  from: number
  logged: number
}

export class LogLimits {
  readonly #windows = new Map<string, Window>()

  /** @returns whether the event is to be logged */
  admit(kind: Omit<Suppressed, 'count'>, maxLines: number, now = performance.now()): boolean {
    const { event } = kind
    const all = this.#window({ event, reason: undefined, network: undefined }, now)
    if (all.logged >= maxOfEvent) return suppress(all)
    const own = this.#window(kind, now)
    if (own.logged >= maxLines) return suppress(own)
    own.logged++
    if (own !== all) all.logged++
    return true

    function suppress(window: Window): false {
      window.count++
      return false
    }
  }

  /** Whether there is anything to tell by and by. */
  get isEmpty(): boolean {
    return this.#windows.size === 0
  }

  /** Forgets what is older than a minute. @returns what of it was not logged */
  sweep(now = performance.now()): Suppressed[] {
    const over = [...this.#windows].filter(([, { from }]) => now - from >= windowMs)
    for (const [key] of over) this.#windows.delete(key)
    return over
      .filter(([, { count }]) => count > 0)
      .map(([, { event, reason, network, count }]) => ({ event, reason, network, count }))
  }

  #window(kind: Omit<Suppressed, 'count'>, now: number): Window {
    const key = [kind.event, kind.reason ?? '', kind.network ?? ''].join(' ')
    const known = this.#windows.get(key)
    if (known) return known
    const window = { ...kind, count: 0, logged: 0, from: now }
    this.#windows.set(key, window)
    return window
  }
}
