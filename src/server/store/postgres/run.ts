/** Runs rules on a connection to PostgreSQL. */
import type { ClientBase } from 'pg'
import type { Query, Rule } from '../transaction.ts'
import { postgresSql } from './dialect.ts'

interface Statement {
  text: string
  /** PostgreSQL parses and plans a named statement once for each connection. */
  name: string
}

const translated = new Map<string, Statement>()

/** @returns the result of the rule @throws what it throws, and the errors of PostgreSQL */
export async function runOn<Result>(client: ClientBase, rule: Rule<Result>): Promise<Result> {
  let step = rule.next()
  while (!step.done) step = rule.next(await answer(client, step.value))
  return step.value
}

async function answer(client: ClientBase, query: Query): Promise<unknown> {
  // Deleted rows are removed by PostgreSQL's own vacuum.
  if (query.type === 'erased') return
  const { text, name } = statementOf(query.sql)
  const { rows, rowCount } = await client.query({ text, name, values: query.values })
  switch (query.type) {
    case 'run':
    case 'at-end':
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

function statementOf(sql: string): Statement {
  const known = translated.get(sql)
  if (known) return known
  const statement = { text: postgresSql(sql), name: `rule ${translated.size + 1}` }
  translated.set(sql, statement)
  return statement
}
