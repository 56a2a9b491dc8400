import { type Dialect, translate } from '../dialect.ts'

const dialect: Dialect = {
  index: () => '',
  orderedJoin: 'join',
  greatest: 'greatest',
  least: 'least',
  strings: 'json_array_elements_text(?::json)',
  databaseBytes: 'pg_database_size(current_database())',
}

/** SQL of the rules, as PostgreSQL takes it: its parameters are numbered. */
export function postgresSql(sql: string): string {
  let parameters = 0
  return translate(sql, dialect).replaceAll('?', () => `$${++parameters}`)
}
