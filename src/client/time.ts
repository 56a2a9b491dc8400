/** Times as the reader's clock and calendar have them. */

const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
const full = new Intl.DateTimeFormat('en-GB', { dateStyle: 'full', timeStyle: 'short' })
const date = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'long' })
const dateWithYear = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'long', year: 'numeric' })

export function clockOf(at: number): string {
  return clock.format(at)
}

export function fullDateOf(at: number): string {
  return full.format(at)
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

/** @param now decides what today is */
export function dayLabel(at: number, now: number): string {
  const today = new Date(now)
  const yesterday = new Date(today.getFullYear(), today.getMonth(), today.getDate() - 1)
  if (dayOf(at) === dayOf(now)) return 'Today'
  if (dayOf(at) === dayOf(yesterday.getTime())) return 'Yesterday'
  return new Date(at).getFullYear() === today.getFullYear() ? date.format(at) : dateWithYear.format(at)
}
