/** Lengths of time, what has no end, and how both are written for people. */
import type { Language, LanguageCode } from './language.ts'

export const secondMs = 1_000
export const minuteMs = 60 * secondMs
export const hourMs = 60 * minuteMs
export const dayMs = 24 * hourMs

/** The last moment that a date can name. What has no end lasts until then, on the wire and in the store. */
export const forever = 8.64e15

export const timeUnits = [
  ['day', dayMs],
  ['hour', hourMs],
  ['minute', minuteMs],
  ['second', secondMs],
] as const

/** @param until milliseconds since 1970, or a length of time */
export function isForever(until: number): boolean {
  return until >= forever
}

/** How long to wait, in whole seconds, rounded up. */
export function waitSeconds(ms: number): number {
  return Math.ceil(ms / secondMs)
}

/** The beginning of its minute. When users were seen is told no more exactly: equal times would tell that two names are one person. */
export function toMinute(at: number): number {
  return at - (at % minuteMs)
}

const maxAgoMs = 31 * dayMs

/**
 * How far away it is, and a date once that is long. Both in milliseconds since 1970.
 * @param timeZone of the date; left out for that of the machine
 */
export function formatAgo(at: number, now: number, code: LanguageCode, timeZone?: string): string {
  const ms = at - now
  if (Math.abs(ms) >= maxAgoMs)
    return new Intl.DateTimeFormat(code, { dateStyle: 'long', ...(timeZone && { timeZone }) }).format(at)
  const [unit, unitMs] = timeUnits.find(([, unitMs]) => Math.abs(ms) >= unitMs) ?? ['second', Number.POSITIVE_INFINITY]
  return new Intl.RelativeTimeFormat(code, { numeric: 'auto' }).format(Math.round(ms / unitMs), unit)
}

/** In the largest unit that it is a whole number of: `10 minutes`. What has no end is `Forever`. */
export function formatDuration(ms: number, { t, code }: Pick<Language<'forever'>, 't' | 'code'>): string {
  if (isForever(ms)) return t('forever')
  const [unit, unitMs] = timeUnits.find(([, unitMs]) => isWholeNumber(ms / unitMs)) ?? ['second', secondMs]
  const format = new Intl.NumberFormat(code, { style: 'unit', unit, unitDisplay: 'long' })
  return format.format(Math.max(1, Math.round(ms / unitMs)))
}

/** To within one percent: an end is fixed a moment before the record that it is compared with is stored. */
function isWholeNumber(count: number): boolean {
  return count >= 0.99 && Math.abs(count - Math.round(count)) <= count / 100
}
