/** Runs rules on a connection to PostgreSQL. */
import type { ClientBase } from 'pg'
import type { Query, Rule } from '../transaction.ts'
import { postgresSql } from './dialect.ts'

interface Statement {
  text: string
  /** PostgreSQL parses and plans a named statement once for each connection, and one without a name each time. */
  name: string | undefined
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
  if (text === '') return 0
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
  const text = postgresSql(sql)
  // Planned once, for any words, a search reads all messages from the newest on: of a rare word that is the whole index.
  const isPlannedOnce = !text.includes('@@')
  const statement = { text, name: isPlannedOnce ? `rule ${translated.size + 1}` : undefined }
  translated.set(sql, statement)
  return statement
}
