import { type Dialect, type SearchIndex, translate } from '../dialect.ts'

const search = (index: SearchIndex) => `
  select place from ${index} where ? <> '' and words @@ cast(? as tsquery) and place < ? and place >= ?
  order by place desc limit ?`

const dialect: Dialect = {
  index: () => '',
  orderedJoin: 'join',
  greatest: 'greatest',
  least: 'least',
  strings: 'json_array_elements_text(?::json)',
  databaseBytes: 'pg_database_size(current_database())',
  // Transactions run side by side: each takes a number of its own, and some numbers are left out.
  nextSearchPlace: "select nextval('search_places') as place",
  addToIndex: (index) => `
    insert into ${index} (place, words) values (?, array_to_tsvector(string_to_array(?, ' ')))
    on conflict (place) do update set words = ${index}.words || excluded.words`,
  removeFromSearchIndex: `
    with gone as (select cast(? as bigint) as place, string_to_array(?, ' ') as words),
      emptied as (
        delete from search_index using gone
        where search_index.place = gone.place and ts_delete(search_index.words, gone.words) = ''
      )
    update search_index set words = ts_delete(search_index.words, gone.words) from gone
    where search_index.place = gone.place and ts_delete(search_index.words, gone.words) <> ''`,
  // All words at once: to take out some costs as much.
  removeFromTextIndex: `
    with gone as (select cast(? as bigint) as place, cast(? as text) as words)
    delete from text_index using gone where text_index.place = gone.place`,
  search,
  searchInRooms: `
    with chosen as materialized (select cast(value as bigint) as id from json_array_elements_text(cast(? as json)) as named (value))
    select json_agg(found.place) filter (where room_id in (select id from chosen))::text as places,
      count(*) as looks, min(found.place) as end
    from (${search('search_index')}) as found left join entries on entries.place = found.place`,
  position: 'strpos',
}

/** SQL of the rules, as PostgreSQL takes it: its parameters are numbered. */
export function postgresSql(sql: string): string {
  return numbered(sql)
}

/** @param values what stands for the parameters, in their order: by default their numbers */
export function numbered(sql: string, values: readonly string[] = []): string {
  let parameters = 0
  return translate(sql, dialect).replaceAll('?', () => values[parameters++] ?? `$${parameters}`)
}
