import type { StoredSettings } from '../../../shared/server-settings.ts'
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

export function* serverSettings(): Rule<StoredSettings> {
  const settings = yield* one<{ value: string }>(metaSql, 'settings')
  return settings ? JSON.parse(settings.value) : {}
}
