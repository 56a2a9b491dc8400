import type { StorageFigures } from '../contracts/storage.ts'
import { only, type Rule } from '../transaction.ts'

/** No row of the log is read: the ids of a room have no gaps, so its last one says how many there are. */
export const storageSql = {
  size: 'select {database bytes} as bytes',
  rooms: `
    select count(*) as rooms, cast(coalesce(sum(last), 0) as bigint) as entries from rooms where deleted_kind is null`,
  users: 'select count(*) as users from users',
}

export function* storageFigures(): Rule<StorageFigures> {
  const { bytes } = yield* only<{ bytes: number }>(storageSql.size)
  const { rooms, entries } = yield* only<{ rooms: number; entries: number }>(storageSql.rooms)
  const { users } = yield* only<{ users: number }>(storageSql.users)
  return { databaseBytes: bytes, rooms, entries, users }
}
