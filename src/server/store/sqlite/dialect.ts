import { type Dialect, translate } from '../dialect.ts'

const dialect: Dialect = {
  index: (name) => `indexed by ${name}`,
  orderedJoin: 'cross join',
  greatest: 'max',
  least: 'min',
  strings: 'json_each(?)',
  databaseBytes: '(select page_count * page_size from pragma_page_count, pragma_page_size)',
}

/** SQL of the rules, as SQLite takes it. */
export function sqliteSql(sql: string): string {
  return translate(sql, dialect)
}
