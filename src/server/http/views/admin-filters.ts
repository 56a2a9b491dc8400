/** What the views of accounts and of the administration ask of what they are given. */
import { formatAgo, formatDuration, isForever, minuteMs } from '../../../shared/durations.ts'
import type { LanguageCode } from '../../../shared/language.ts'
import { isAdmin } from '../../../shared/rights.ts'
import { deviceOf } from './user-agent.ts'

export const adminFilters = {
  /** The date is the same in every time zone, which only a script would know. */
  ago: (at: number, code: LanguageCode) => formatAgo(at, Date.now(), code, 'UTC'),
  utc: (at: number, code: LanguageCode) =>
    new Intl.DateTimeFormat(code, { dateStyle: 'long', timeStyle: 'long', timeZone: 'UTC' }).format(at),
  isForever,
  duration: formatDuration,
  isNow: (at: number) => Math.abs(at - Date.now()) < minuteMs,
  device: deviceOf,
  isAdmin,
}
