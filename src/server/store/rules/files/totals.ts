/** How many bytes all files need: those with the same bytes once, and those that are being uploaded what they announced. */
import { all, one, only, type Query, type Rule, run } from '../../transaction.ts'

export const totalSql = {
  /** Bytes of the named files, and of all that share their bytes; takes ids, and hashes. */
  needed: `
    select cast(coalesce(sum(bytes), 0) as bigint) as bytes from (
      select bytes from {strings} as named {ordered join} files on files.id = named.value where hash is null
      union all select max(bytes) as bytes from {strings} as named {ordered join} files on hash = named.value group by hash
    ) as needed`,
  hashes: `
    select hash from {strings} as named {ordered join} files on files.id = named.value where hash is not null`,
  total: 'select bytes from file_totals',
}

/**
 * Keeps the total over a change of files.
 * @param ids those that change @param newHash what one of them gets
 */
export function* counting<Result>(
  ids: readonly string[],
  change: Iterable<Query, Result, unknown>,
  newHash?: string,
): Rule<Result> {
  const named = JSON.stringify(ids)
  const hashes = (yield* all<{ hash: string }>(totalSql.hashes, named)).map(({ hash }) => hash)
  const shared = JSON.stringify([...new Set(newHash === undefined ? hashes : [...hashes, newHash])])
  const before = yield* neededBytes(named, shared)
  const result = yield* change
  const added = (yield* neededBytes(named, shared)) - before
  if (added !== 0)
    yield* run(
      `insert into file_totals (id, bytes) values (1, ?)
      on conflict (id) do update set bytes = file_totals.bytes + excluded.bytes`,
      added,
    )
  return result
}

export function* storedBytes(): Rule<number> {
  return (yield* one<{ bytes: number }>(totalSql.total))?.bytes ?? 0
}

function* neededBytes(ids: string, hashes: string): Rule<number> {
  return (yield* only<{ bytes: number }>(totalSql.needed, ids, hashes)).bytes
}
