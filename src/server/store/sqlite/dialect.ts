import { type Dialect, type SearchIndex, translate } from '../dialect.ts'
import { placesOfMessage } from '../search/texts.ts'

const search = (index: SearchIndex) => `
  select rowid as place from ${index} where ${index} match ? and ? <> '' and rowid < ? and rowid >= ?
  order by rowid desc limit ?`

const dialect: Dialect = {
  index: (name) => `indexed by ${name}`,
  orderedJoin: 'cross join',
  greatest: 'max',
  least: 'min',
  strings: 'json_each(?)',
  databaseBytes: '(select page_count * page_size from pragma_page_count, pragma_page_size)',
  // The text of a file outlives its message until its words are removed.
  nextSearchPlace: `
    select max(
      coalesce((select max(place) from entries where place is not null), 0), (select reserved from search_state),
      coalesce((select max(place) from file_texts), 0) / ${placesOfMessage}
    ) + 1 as place`,
  addToIndex: (index) => `insert into ${index} (rowid, words) values (?, ?)`,
  removeFromSearchIndex: `insert into search_index (search_index, rowid, words) values ('delete', ?, ?)`,
  // FTS5 counts a row less for each removal, and takes the index for damaged below none: a row without words is counted again.
  removeFromTextIndex: `
    with gone (place, words) as (values (?, ?))
    insert into text_index (text_index, rowid, words)
    select 'delete', place, words from gone union all select null, place, '' from gone`,
  search,
  searchInRooms: `
    with chosen as materialized (select value from json_each(?))
    select json_group_array(found.place) filter (where room_id in chosen) as places, count(*) as looks, min(found.place) as end
    from (${search('search_index')}) as found
      left join entries indexed by entries_place on entries.place = found.place`,
  position: 'instr',
}

/** SQL of the rules, as SQLite takes it. */
export function sqliteSql(sql: string): string {
  return translate(sql, dialect)
}
