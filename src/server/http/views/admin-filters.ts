/** What the views of accounts and of the administration ask of what they are given. */
import type { LanguageCode } from '../../../shared/language.ts'
import { forever } from '../../../shared/protocol/limits.ts'
import { isAdmin } from '../../../shared/rights.ts'
import { deviceOf } from './user-agent.ts'

export const adminFilters = {
  ago,
  utc: (at: number, code: LanguageCode) =>
    new Intl.DateTimeFormat(code, { dateStyle: 'long', timeStyle: 'long', timeZone: 'UTC' }).format(at),
  isForEver: (until: number) => until >= forever,
  isNow: (at: number) => Math.abs(at - Date.now()) < 60_000,
  device: deviceOf,
  isAdmin,
}

const units = [
  ['day', 24 * 60 * 60 * 1000],
  ['hour', 60 * 60 * 1000],
  ['minute', 60 * 1000],
] as const
const maxMs = 31 * units[0][1]

/** How far away it is, and a date once that is long: the same in every time zone, which only a script would know. */
function ago(at: number, code: LanguageCode): string {
  const ms = at - Date.now()
  if (Math.abs(ms) >= maxMs) return new Intl.DateTimeFormat(code, { dateStyle: 'long', timeZone: 'UTC' }).format(at)
  const [unit, unitMs] = units.find(([, unitMs]) => Math.abs(ms) >= unitMs) ?? ['second', Number.POSITIVE_INFINITY]
  return new Intl.RelativeTimeFormat(code, { numeric: 'auto' }).format(Math.round(ms / unitMs), unit)
}
