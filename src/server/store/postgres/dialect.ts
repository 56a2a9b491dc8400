import { type Dialect, translate } from '../dialect.ts'

const dialect: Dialect = {
  index: () => '',
  orderedJoin: 'join',
  greatest: 'greatest',
  least: 'least',
  strings: 'json_array_elements_text(?::json)',
  arrays: 'json_array_elements(?::json)',
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
  search: (index) => `
    select json_agg(place)::text as places from (
      select place from ${index} where ? <> '' and words @@ cast(? as tsquery) and place < ? and place >= ?
      order by place desc limit ?
    ) as found`,
  locate: `
    select json_agg(json_build_array(place, room_id, id))::text as located
    from json_array_elements_text(cast(? as json)) as chosen join entries on place = cast(chosen.value as bigint)`,
  notePlace: '',
  lastPlace: 'select coalesce(max(place), 0) as place from entries where place is not null',
  timesAfter: `
    select place, at as first, at as last from entries where place >= ? order by place limit 1`,
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
