/** Times as the reader's clock and calendar have them, in the language of the page. */
import type { Language, PageTextKey } from '../../shared/language.ts'

export class Times {
  readonly #t: Language<PageTextKey>['t']
  readonly #clock: Intl.DateTimeFormat
  readonly #full: Intl.DateTimeFormat
  readonly #date: Intl.DateTimeFormat
  readonly #dateWithYear: Intl.DateTimeFormat

  /** @param tag of the language and region (BCP 47) */
  constructor(tag: string, t: Language<PageTextKey>['t']) {
    this.#t = t
    this.#clock = new Intl.DateTimeFormat(tag, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
    this.#full = new Intl.DateTimeFormat(tag, { dateStyle: 'full', timeStyle: 'short' })
    this.#date = new Intl.DateTimeFormat(tag, { day: 'numeric', month: 'long' })
    this.#dateWithYear = new Intl.DateTimeFormat(tag, { day: 'numeric', month: 'long', year: 'numeric' })
  }

  clock(at: number): string {
    return this.#clock.format(at)
  }

  full(at: number): string {
    return this.#full.format(at)
  }

  /** @param now decides what today is */
  day(at: number, now: number): string {
    const today = new Date(now)
    const yesterday = new Date(today.getFullYear(), today.getMonth(), today.getDate() - 1)
    if (dayOf(at) === dayOf(now)) return this.#t('today')
    if (dayOf(at) === dayOf(yesterday.getTime())) return this.#t('yesterday')
    const isThisYear = new Date(at).getFullYear() === today.getFullYear()
    return (isThisYear ? this.#date : this.#dateWithYear).format(at)
  }

  /** The clock of today, the day of any other. */
  since(at: number, now: number): string {
    return dayOf(at) === dayOf(now) ? this.clock(at) : this.day(at, now)
  }
}

/** The clock of today, the day and the clock of any other. Both in milliseconds since 1970. */
export function formatUntil(until: number, now: number, times: Times): string {
  const clock = times.clock(until)
  return dayOf(until) === dayOf(now) ? clock : `${times.day(until, now)} ${clock}`
}

export function isoOf(at: number): string {
  return new Date(at).toISOString()
}

/** The reader's day as `2026-05-12`. */
export function dayOf(at: number): string {
  const day = new Date(at)
  const two = (n: number) => String(n).padStart(2, '0')
  return `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}`
}
