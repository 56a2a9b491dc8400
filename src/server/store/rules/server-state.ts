import type { StoredSettings } from '../../../shared/server-settings.ts'
import type { ClockNote } from '../contracts/clock.ts'
import { type Rule, run } from '../transaction.ts'

export function* noteClock(note: ClockNote): Rule<void> {
  yield* setMeta('clock', JSON.stringify(note))
}

export function* setServerSettings(settings: StoredSettings): Rule<void> {
  yield* setMeta('settings', JSON.stringify(settings))
}

/** Writes something of no consequence, to see whether it can be done. */
export function* probe(at: number): Rule<void> {
  yield* setMeta('probed', String(at))
}

function* setMeta(key: string, value: string): Rule<void> {
  yield* run('insert into meta values (?, ?) on conflict (key) do update set value = excluded.value', key, value)
}
