/**
 * Rules are generator functions that yield what they ask of the database, so that each is written once: a driver runs them,
 * SQLite's without waiting, another one step after the other. A rule runs inside one transaction. It refuses by a `ChatError`
 * before it has changed anything. When a query fails the rule ends there, and the driver undoes the transaction.
 *
 * SQL is what both databases understand, with `?` for values. What differs between them is written as `{name}` or `{name:argument}`
 * and translated by the dialect: see `dialect.ts`.
 */
export type Value = string | number | null | Uint8Array

export type Query =
  | { type: 'run' | 'one' | 'all' | 'each'; sql: string; values: Value[] }
  /** A text was deleted in this transaction. */
  | { type: 'erased' }

export type Rule<Result> = Generator<Query, Result, unknown>

/** What a rule returns. */
export type ResultOf<Name extends (...values: never[]) => Rule<unknown>> =
  ReturnType<Name> extends Rule<infer Result> ? Result : never

/** @returns how many rows have changed */
export function* run(sql: string, ...values: Value[]): Rule<number> {
  return (yield { type: 'run', sql, values }) as number
}

export function* one<Row>(sql: string, ...values: Value[]): Rule<Row | undefined> {
  return (yield { type: 'one', sql, values }) as Row | undefined
}

export function* all<Row>(sql: string, ...values: Value[]): Rule<Row[]> {
  return (yield { type: 'all', sql, values }) as Row[]
}

/** Rows one after the other: SQLite reads no further than they are taken. */
export function* each<Row>(sql: string, ...values: Value[]): Rule<Iterable<Row>> {
  return (yield { type: 'each', sql, values }) as Iterable<Row>
}

/** Notes that a text was deleted: nothing of it may stay in the files of the database. */
export function* noteErased(): Rule<void> {
  yield { type: 'erased' }
}

/** For a statement that always returns a row. */
export function* only<Row>(sql: string, ...values: Value[]): Rule<Row> {
  const row = yield* one<Row>(sql, ...values)
  if (!row) throw new Error('The statement has returned no row.')
  return row
}
