import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite'

/** SQL on a database, each text prepared when it is needed first. */
export interface Rows {
  run(sql: string, ...values: SQLInputValue[]): number
  one<Row>(sql: string, ...values: SQLInputValue[]): Row | undefined
  all<Row>(sql: string, ...values: SQLInputValue[]): Row[]
}

export function rows(database: DatabaseSync): Rows {
  const statements = new Map<string, StatementSync>()
  const prepared = (sql: string): StatementSync => {
    const statement = statements.get(sql) ?? database.prepare(sql)
    statements.set(sql, statement)
    return statement
  }
  return {
    run: (sql, ...values) => Number(prepared(sql).run(...values).changes),
    one: <Row>(sql: string, ...values: SQLInputValue[]) => prepared(sql).get(...values) as Row | undefined,
    all: <Row>(sql: string, ...values: SQLInputValue[]) => prepared(sql).all(...values) as Row[],
  }
}
