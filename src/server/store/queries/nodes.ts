/** What nodes compare with what they know. */
import type { Head, KnownHead } from '../contracts/log.ts'
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

/** Length of the number before an address. */
const digits = 16

/** The ends of logs, and whether they have what a node knows of them. @returns by the address of the room */
export function* heads(rooms: readonly KnownHead[]): Rule<Map<string, Head>> {
  const found = yield* all<Head & { room: string }>(
    `select address as room, last, coalesce((
        select at from entries
        where room_id = rooms.id and entries.id = cast(substr(named.value, 1, ${digits}) as bigint)
      ), 0) as at
    from {strings} as named {ordered join} rooms on address = substr(named.value, ${digits + 1})`,
    JSON.stringify(rooms.map(({ room, last }) => String(last).padStart(digits, '0') + room)),
  )
  return new Map(found.map(({ room, last, at }) => [room, { last, at }]))
}
