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
  | { type: 'run' | 'one' | 'all' | 'each' | 'at-end'; sql: string; values: Value[] }
  /** A text was deleted in this transaction. */
  | { type: 'erased' }

export type Rule<Result> = Generator<Query, Result, unknown>

/** What a rule returns. */
export type ResultOf<Name extends (...values: never[]) => Rule<unknown>> =
  ReturnType<Name> extends Rule<infer Result> ? Result : never

type Kind = Exclude<Query['type'], 'erased'>

/**
 * Asks one query, and returns the answer: `yield*` takes it. An object of its own and no generator, which costs more, because
 * every message that is stored asks several.
 */
class Asking<Answer> implements Iterable<Query, Answer, unknown> {
  readonly type: Kind
  readonly sql: string
  readonly values: Value[]
  #isAsked = false

  constructor(type: Kind, sql: string, values: Value[]) {
    this.type = type
    this.sql = sql
    this.values = values
  }

  [Symbol.iterator]() {
    return this
  }

  next(answer?: unknown): IteratorResult<Query, Answer> {
    if (this.#isAsked) return { value: answer as Answer, done: true }
    this.#isAsked = true
    return { value: this, done: false }
  }
}

/** @returns how many rows have changed */
export function run(sql: string, ...values: Value[]) {
  return new Asking<number>('run', sql, values)
}

export function one<Row>(sql: string, ...values: Value[]) {
  return new Asking<Row | undefined>('one', sql, values)
}

export function all<Row>(sql: string, ...values: Value[]) {
  return new Asking<Row[]>('all', sql, values)
}

/** Rows one after the other: SQLite reads no further than they are taken. */
export function each<Row>(sql: string, ...values: Value[]) {
  return new Asking<Iterable<Row>>('each', sql, values)
}

/**
 * Runs when the transaction has done all else, with what other writes run then, in this order. SQLite's index of words is written to
 * its pages before any other statement, and to write much to them at once costs a tenth.
 */
export function atEnd(sql: string, ...values: Value[]) {
  return new Asking<void>('at-end', sql, values)
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
