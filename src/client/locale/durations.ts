/** Times that last, as one chooses among them and reads of them. */
import type { LanguageCode } from '../../shared/language.ts'
import { dayOf, type Times } from './times.ts'

const second = 1_000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour

export const durations = { second, minute, hour, day } as const

const units = Object.entries(durations).reverse()
/** What is for ever ends after everything that a calendar has. */
const maxMs = 8e15

/** In the largest unit that it is a whole number of: `10 minutes`. */
export function formatDuration(ms: number, code: LanguageCode): string {
  const [unit, length] = units.find(([, length]) => ms >= length && ms % length === 0) ?? ['second', second]
  const format = new Intl.NumberFormat(code, { style: 'unit', unit, unitDisplay: 'long' })
  return format.format(Math.ceil(ms / length))
}

/** The clock of today, the day and the clock of any other. Both in milliseconds since 1970. */
export function formatUntil(until: number, now: number, times: Times): string {
  const clock = times.clock(until)
  return dayOf(until) === dayOf(now) ? clock : `${times.day(until, now)} ${clock}`
}

/** @param until milliseconds since 1970 */
export function isForever(until: number): boolean {
  return until >= maxMs
}
