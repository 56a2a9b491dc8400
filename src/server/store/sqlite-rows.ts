import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite'

type Values = SQLInputValue[] | [Record<string, SQLInputValue>]

/** SQL on a database, each text prepared when it is needed first. */
export interface Rows {
  run(sql: string, ...values: SQLInputValue[]): number
  one<Row>(sql: string, ...values: SQLInputValue[]): Row | undefined
  all<Row>(sql: string, ...values: Values): Row[]
  /** One row after the other, as they are asked for: what is not asked for is not read. */
  each<Row>(sql: string, ...values: SQLInputValue[]): Iterable<Row>
}

/** @param note is told of each row that is read */
export function rows(database: DatabaseSync, note?: (row: object) => void): Rows {
  const statements = new Map<string, StatementSync>()
  const prepared = (sql: string): StatementSync => {
    const statement = statements.get(sql) ?? database.prepare(sql)
    statements.set(sql, statement)
    return statement
  }
  return {
    run: (sql, ...values) => Number(prepared(sql).run(...values).changes),
    one: <Row>(sql: string, ...values: SQLInputValue[]) => {
      const row = prepared(sql).get(...values)
      if (row) note?.(row)
      return row as Row | undefined
    },
    all: <Row>(sql: string, ...values: Values) => {
      const found = prepared(sql).all(...(values as SQLInputValue[]))
      if (note) for (const row of found) note(row)
      return found as Row[]
    },
    *each<Row>(sql: string, ...values: SQLInputValue[]) {
      for (const row of prepared(sql).iterate(...values)) {
        note?.(row)
        yield row as Row
      }
    },
  }
}
