/** What nodes compare with what they know. */
import type { LoggedChange } from '../contracts/server-log.ts'
import { all, only, type Rule } from '../transaction.ts'

export function* serverLogHead(): Rule<number> {
  return (yield* only<{ head: number }>('select coalesce(max(id), 0) as head from server_log')).head
}

export function* changesAfter(id: number, limit: number): Rule<LoggedChange[]> {
  const found = yield* all<{ id: number; data: string }>(
    'select id, data from server_log where id > ? order by id limit ?',
    id,
    limit,
  )
  return found.map(({ id, data }) => ({ id, change: JSON.parse(data) }))
}

/** The ends of logs; rooms that are not there are left out. @returns the newest id of each, by its address */
export function* heads(rooms: readonly string[]): Rule<Map<string, number>> {
  const found = yield* all<{ room: string; last: number }>(
    `select address as room, last from {strings} as named {ordered join} rooms on address = named.value`,
    JSON.stringify(rooms),
  )
  return new Map(found.map(({ room, last }) => [room, last]))
}
