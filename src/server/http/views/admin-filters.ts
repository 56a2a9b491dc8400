/** What the views of accounts and of the administration ask of what they are given. */
import { dayMs, isForever, minuteMs, timeUnits } from '../../../shared/durations.ts'
import type { LanguageCode } from '../../../shared/language.ts'
import { isAdmin } from '../../../shared/rights.ts'
import { deviceOf } from './user-agent.ts'

export const adminFilters = {
  ago,
  utc: (at: number, code: LanguageCode) =>
    new Intl.DateTimeFormat(code, { dateStyle: 'long', timeStyle: 'long', timeZone: 'UTC' }).format(at),
  isForever,
  isNow: (at: number) => Math.abs(at - Date.now()) < minuteMs,
  device: deviceOf,
  isAdmin,
}

const maxMs = 31 * dayMs

/** How far away it is, and a date once that is long: the same in every time zone, which only a script would know. */
function ago(at: number, code: LanguageCode): string {
  const ms = at - Date.now()
  if (Math.abs(ms) >= maxMs) return new Intl.DateTimeFormat(code, { dateStyle: 'long', timeZone: 'UTC' }).format(at)
  const [unit, unitMs] = timeUnits.find(([, unitMs]) => Math.abs(ms) >= unitMs) ?? ['second', Number.POSITIVE_INFINITY]
  return new Intl.RelativeTimeFormat(code, { numeric: 'auto' }).format(Math.round(ms / unitMs), unit)
}
