/** When a user is told nothing. */
import { minuteMs, secondMs } from '../../../shared/durations.ts'

interface QuietHours {
  /** Minutes of the day; null for none. */
  quietFrom: number | null
  quietTo: number | null
  timeZone: string
}

const dayMinutes = 24 * 60

/**
 * How long it is until the quiet hours end; 0 outside of them. On the day on which the clocks change it may be an hour off: who waits
 * asks again now and then.
 */
export function quietMs({ quietFrom, quietTo, timeZone }: QuietHours, at: number): number {
  if (quietFrom === null || quietTo === null || quietFrom === quietTo) return 0
  const now = minuteOfDay(at, timeZone)
  const isQuiet = quietFrom < quietTo ? now >= quietFrom && now < quietTo : now >= quietFrom || now < quietTo
  if (!isQuiet) return 0
  const minutes = (quietTo - now + dayMinutes) % dayMinutes
  return Math.max(secondMs, minutes * minuteMs - (at % minuteMs))
}

function minuteOfDay(at: number, timeZone: string): number {
  const format = new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
  const [hour = 0, minute = 0] = format.format(at).split(':').map(Number)
  return hour * 60 + minute
}
