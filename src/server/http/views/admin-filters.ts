/** What the views of accounts and of the administration ask of what they are given. */
import { formatAgo, formatDuration, isForever, minuteMs } from '../../../shared/durations.ts'
import type { LanguageCode } from '../../../shared/language.ts'
import { deviceOf } from '../../../shared/protocol/user-agent.ts'
import { isAdmin } from '../../../shared/rights.ts'

/** Made once: making one takes many times as long as using it, and a page of a room has fifty times. */
const utcFormats: Record<LanguageCode, Intl.DateTimeFormat> = { en: utcFormat('en'), zh: utcFormat('zh') }

export const adminFilters = {
  /** The date is the same in every time zone, which only a script would know. */
  ago: (at: number, code: LanguageCode) => formatAgo(at, Date.now(), code, 'UTC'),
  utc: (at: number, code: LanguageCode) => utcFormats[code].format(at),
  isForever,
  duration: formatDuration,
  isNow: (at: number) => Math.abs(at - Date.now()) < minuteMs,
  device: deviceOf,
  isAdmin,
  bytes: formatBytes,
  count: (n: number, code: LanguageCode) => new Intl.NumberFormat(code).format(n),
}

function utcFormat(code: LanguageCode): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat(code, { dateStyle: 'long', timeStyle: 'long', timeZone: 'UTC' })
}

/** With the units of `MIN_FREE_BYTES`, each 1,024 of the one before. */
function formatBytes(bytes: number, code: LanguageCode): string {
  const power = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(1, bytes)) / 10))
  const format = new Intl.NumberFormat(code, { maximumFractionDigits: 1 })
  return `${format.format(bytes / 1024 ** power)} ${units[power]}`
}

const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB']
