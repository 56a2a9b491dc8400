import { type Dialect, translate } from '../dialect.ts'

const dialect: Dialect = {
  index: (name) => `indexed by ${name}`,
  orderedJoin: 'cross join',
  greatest: 'max',
  least: 'min',
  strings: 'json_each(?)',
  databaseBytes: '(select page_count * page_size from pragma_page_count, pragma_page_size)',
  nextSearchPlace: `
    select max(
      coalesce((select max(place) from entries where place is not null), 0), (select reserved from search_state)
    ) + 1 as place`,
  addToSearchIndex: 'insert into search_index (rowid, words) values (?, ?)',
  removeFromSearchIndex: `insert into search_index (search_index, rowid, words) values ('delete', ?, ?)`,
  search: `
    select rowid as place from search_index where search_index match ? and ? <> '' and rowid < ?
    order by rowid desc limit ?`,
}

/** SQL of the rules, as SQLite takes it. */
export function sqliteSql(sql: string): string {
  return translate(sql, dialect)
}
