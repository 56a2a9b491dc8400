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
