import { type Dialect, translate } from '../dialect.ts'
import { placesInChunk, slotBytes } from '../search/places.ts'

const lastPlace = 'coalesce((select last from search_chunks where chunk = (select max(chunk) from search_chunks)), 0)'

const dialect: Dialect = {
  index: (name) => `indexed by ${name}`,
  orderedJoin: 'cross join',
  greatest: 'max',
  least: 'min',
  strings: 'json_each(?)',
  arrays: 'json_each(?)',
  databaseBytes: '(select page_count * page_size from pragma_page_count, pragma_page_size)',
  nextSearchPlace: `select max(${lastPlace}, (select reserved from search_state)) + 1 as place`,
  addToIndex: (index) => `insert into ${index} (rowid, words) values (?, ?)`,
  removeFromSearchIndex: `insert into search_index (search_index, rowid, words) values ('delete', ?, ?)`,
  // FTS5 counts a row less for each removal, and takes the index for damaged below none: a row without words is counted again.
  removeFromTextIndex: `
    with gone (place, words) as (values (?, ?))
    insert into text_index (text_index, rowid, words)
    select 'delete', place, words from gone union all select null, place, '' from gone`,
  search: (index) => `
    select json_group_array(place) as places from (
      select rowid as place from ${index} where ${index} match ? and ? <> '' and rowid < ? and rowid >= ?
      order by rowid desc limit ?
    ) as found`,
  locate: `
    with asked (places) as (values (?)),
      apart as (
        select place, room_id, id from entries indexed by entries_place
        where place is not null and (room_id > 65535 or id > 16777215)
      )
    select json_group_array(value) as places,
      cast(group_concat(substr(messages, value % ${placesInChunk} * ${slotBytes} + 1, ${slotBytes}), '') as blob) as slots,
      case when exists (select 1 from apart) then (
        select json_group_array(json_array(place, room_id, apart.id))
        from asked cross join json_each(places) as chosen cross join apart where place = value
      ) end as located
    from asked cross join json_each(places) as chosen cross join search_chunks
      on chunk = value / ${placesInChunk} and length(messages) > value % ${placesInChunk} * ${slotBytes}`,
  notePlace: `
    insert into search_chunks
    select place / ${placesInChunk}, place, at, at,
      cast(zeroblob(place % ${placesInChunk} * ${slotBytes})
        || iif(room_id > 65535 or id > 16777215, zeroblob(${slotBytes}), unhex(format('%04x%06x', room_id, id))) as blob)
    from (select cast(? as integer) as place, cast(? as integer) as room_id, cast(? as integer) as id, cast(? as integer) as at)
    where true
    on conflict (chunk) do update set
      last = max(last, excluded.last), first_at = min(first_at, excluded.first_at), last_at = max(last_at, excluded.last_at),
      messages = cast(substr(messages, 1, length(excluded.messages) - ${slotBytes})
        || zeroblob(length(excluded.messages) - ${slotBytes} - length(messages))
        || substr(excluded.messages, -${slotBytes}) || substr(messages, length(excluded.messages) + 1) as blob)`,
  lastPlace: `select ${lastPlace} as place`,
  timesAfter: `
    select chunk * ${placesInChunk} + ${placesInChunk - 1} as place, first_at as first, last_at as last
    from search_chunks where chunk >= cast(? as integer) / ${placesInChunk} order by chunk limit 1`,
  position: 'instr',
}

/** SQL of the rules, as SQLite takes it. */
export function sqliteSql(sql: string): string {
  return translate(sql, dialect)
}
