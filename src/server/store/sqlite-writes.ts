/** What is written, each a function of its arguments, run by the writer's thread inside its transaction. */
import type { DatabaseSync } from 'node:sqlite'
import { type AccountWrites, accountWrites } from './sqlite-accounts.ts'
import { type ActWrites, actWrites } from './sqlite-acts.ts'
import { type LogWrites, logWrites } from './sqlite-log.ts'
import { type RoomWrites, roomWrites } from './sqlite-rooms.ts'
import { rows } from './sqlite-rows.ts'
import type { ClockNote } from './store.ts'

export interface Writes extends LogWrites, AccountWrites, RoomWrites, ActWrites {
  /** Writes something of no consequence, to see whether it can be done. */
  probe(at: number): void
  noteClock(note: ClockNote): void
}

/** @param erased to be told in each transaction that deletes a text */
export function sqliteWrites(database: DatabaseSync, erased: () => void): Writes {
  const { run } = rows(database)
  const log = logWrites(database, erased)
  const rooms = roomWrites(database)
  return {
    ...log,
    ...accountWrites(database),
    ...rooms,
    ...actWrites(database, { log, rooms, erased }),

    noteClock(note) {
      const value = JSON.stringify(note)
      run(`insert into meta values ('clock', ?) on conflict do update set value = excluded.value`, value)
    },

    probe(at) {
      run(`insert into meta values ('probed', ?) on conflict do update set value = excluded.value`, String(at))
    },
  }
}
