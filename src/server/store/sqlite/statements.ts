/** Runs rules on a SQLite database, without waiting. */
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { Query, Rule } from '../transaction.ts'
import { sqliteSql } from './dialect.ts'

export interface AtEnd {
  sql: string
  run(): void
}

interface Observer {
  /** Is told of each row that is read. */
  row?(row: object): void
  /** A text was deleted. */
  erased?(): void
  /** Keeps what is to be run at the end of the transaction. */
  atEnd?(work: AtEnd): void
}

/** @returns the result of a rule @throws what it throws, and the errors of SQLite */
export type Run = <Result>(rule: Rule<Result>) => Result

/** Each text is prepared when it is needed first. */
export function statementRunner(database: DatabaseSync, observer: Observer = {}): Run {
  const statements = new Map<string, StatementSync>()

  return (rule) => {
    let step = rule.next()
    while (!step.done) step = rule.next(answer(step.value))
    return step.value
  }

  function answer(query: Query): unknown {
    if (query.type === 'erased') return observer.erased?.()
    const statement = statements.get(query.sql) ?? prepare(query.sql)
    switch (query.type) {
      case 'at-end': {
        const run = () => void statement.run(...query.values)
        return observer.atEnd ? observer.atEnd({ sql: query.sql, run }) : run()
      }
      case 'run':
        return Number(statement.run(...query.values).changes)
      case 'one':
        return observed(statement.get(...query.values))
      case 'all':
        return allOf(statement.all(...query.values))
      case 'each':
        return observer.row ? observedRows(statement.iterate(...query.values)) : statement.iterate(...query.values)
      default:
        return query satisfies never
    }
  }

  function prepare(sql: string): StatementSync {
    const statement = database.prepare(sqliteSql(sql))
    statements.set(sql, statement)
    return statement
  }

  function observed(row: object | undefined): object | undefined {
    if (row) observer.row?.(row)
    return row
  }

  function allOf(rows: object[]): object[] {
    if (observer.row) for (const row of rows) observer.row(row)
    return rows
  }

  function* observedRows(rows: Iterable<object>): Iterable<object> {
    for (const row of rows) {
      observer.row?.(row)
      yield row
    }
  }
}
