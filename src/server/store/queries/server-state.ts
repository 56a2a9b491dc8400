import type { ClockNote } from '../contracts/clock.ts'
import { one, type Rule } from '../transaction.ts'

export const metaSql = 'select value from meta where key = ?'

export function* epoch(): Rule<string> {
  return (yield* one<{ value: string }>(metaSql, 'epoch'))?.value ?? ''
}

export function* clockNote(): Rule<ClockNote | undefined> {
  const note = yield* one<{ value: string }>(metaSql, 'clock')
  return note && JSON.parse(note.value)
}
