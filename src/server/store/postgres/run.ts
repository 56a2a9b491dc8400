/** Runs rules on a connection to PostgreSQL, one query after the other. */
import type { ClientBase } from 'pg'
import type { Query, Rule } from '../transaction.ts'
import { postgresSql } from './dialect.ts'

const translated = new Map<string, string>()

/** @returns the result of the rule @throws what it throws, and the errors of PostgreSQL */
export async function runOn<Result>(client: ClientBase, rule: Rule<Result>): Promise<Result> {
  let step = rule.next()
  while (!step.done) step = rule.next(await answer(client, step.value))
  return step.value
}

async function answer(client: ClientBase, query: Query): Promise<unknown> {
  // Deleted rows are removed by PostgreSQL's own vacuum.
  if (query.type === 'erased') return
  const { rows, rowCount } = await client.query(textOf(query.sql), query.values)
  switch (query.type) {
    case 'run':
      return rowCount ?? 0
    case 'one':
      return rows[0]
    case 'all':
    case 'each':
      return rows
    default:
      return query satisfies never
  }
}

function textOf(sql: string): string {
  const known = translated.get(sql)
  if (known !== undefined) return known
  const text = postgresSql(sql)
  translated.set(sql, text)
  return text
}
