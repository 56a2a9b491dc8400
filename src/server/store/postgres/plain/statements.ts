/** The statements of messages that are stored together: as many for a hundred as for one. */
import type { Client } from 'pg'
import { possibleNames } from '../../../../shared/mentions.ts'
import { limits } from '../../../../shared/protocol/limits.ts'
import { membershipSql } from '../../queries/membership.ts'
import { targetSql } from '../../rules/append.ts'
import { addressingSql, whoIsAnswered, whoIsMentioned } from '../../rules/mentions.ts'
import { requestSql } from '../../rules/requests.ts'
import { numbered } from '../dialect.ts'
import { type MemberRow, memberKey, type Plain, type Read, type Stored, targetKey } from './known.ts'

/** To be sent after the locks, and without waiting for them. */
export async function readFor(client: Client, plain: readonly Plain[]): Promise<Read> {
  const users = plain.map(({ entry }) => entry.userId)
  const keys = plain.map(({ entry }) => entry.key)
  const pairs = new Map(plain.map(({ entry }) => [memberKey(entry.userId, entry.room), entry]))
  const [used, members, places, targets, named] = await Promise.all([
    client.query({ ...readKeys, values: [users, keys] }),
    client.query({
      ...readMembers,
      values: [[...pairs.values()].map(({ userId }) => userId), [...pairs.values()].map(({ room }) => room)],
    }),
    client.query({ ...readPlaces, values: [plain.length] }),
    readTargetsOf(client, plain),
    readNamedIn(client, plain),
  ])
  return {
    keys: new Set(used.rows.map(({ user_id, key }) => `${user_id} ${key}`)),
    members: new Map(members.rows.map((row: MemberRow) => [memberKey(row.userId, row.address), row])),
    places: places.rows.map(({ place }) => place),
    targets,
    named,
  }
}

async function readTargetsOf(client: Client, plain: readonly Plain[]): Promise<Read['targets']> {
  const answers = plain.filter(({ entry }) => entry.ref !== null)
  if (!answers.length) return new Map()
  const values = [answers.map(({ entry }) => entry.room), answers.map(({ entry }) => entry.ref)]
  const { rows } = await client.query({ ...readTargets, values })
  return new Map(rows.map(({ room_id, ref, ...target }) => [targetKey(room_id, ref), target]))
}

async function readNamedIn(client: Client, plain: readonly Plain[]): Promise<Read['named']> {
  const asked = plain.flatMap(({ index, entry }) => {
    const names = entry.data.includes('@') ? possibleNames(entry.data, limits.maxNameCharacters) : undefined
    return names?.size ? [{ index, names: JSON.stringify([...names]), room: entry.room }] : []
  })
  if (!asked.length) return new Map()
  const values = [asked.map(({ index }) => index), asked.map(({ names }) => names), asked.map(({ room }) => room)]
  const { rows } = await client.query({ ...readNamed, values })
  return Map.groupBy(rows, ({ index }) => index)
}

export async function storePlain(client: Client, { entries, indexed, addressed }: Stored): Promise<void> {
  const rooms = new Map(entries.map(({ room_id, id, at }) => [room_id, { room_id, id, at }]))
  const rows = addressed.map((row, n) => ({ n, ...row }))
  await Promise.all([
    client.query({ ...updateRooms, values: [JSON.stringify([...rooms.values()])] }),
    client.query({ ...insertEntries, values: [JSON.stringify(entries)] }),
    client.query({ ...addWords, values: [indexed.map(({ place }) => place), indexed.map(({ words }) => words)] }),
    rows.length > 0 && client.query({ ...address, values: [JSON.stringify(rows)] }),
  ])
}

// Each is looked up by an index: with `offset 0` the planner makes no join of it, for which it may read the whole log.
const readKeys = {
  name: 'plain keys',
  text: `select asked.user_id, asked.key from unnest($1::bigint[], $2::text[]) as asked (user_id, key)
    cross join lateral (
      select 1 from entries where entries.user_id = asked.user_id and entries.key = asked.key offset 0
    ) as found`,
}
const readMembers = {
  name: 'plain members',
  text: `select found.*, found.kind <> 'public' and exists (${numbered(requestSql, ['found."roomId"'])}) as "hasRequest"
    from unnest($1::bigint[], $2::text[]) as asked (user_id, room)
    cross join lateral (${numbered(membershipSql, ['asked.user_id', 'asked.room'])} offset 0) as found`,
}
const readPlaces = {
  name: 'plain places',
  text: `select nextval('search_places') as place from generate_series(1, $1::int)`,
}
const readTargets = {
  name: 'plain targets',
  text: `select rooms.id as room_id, asked.ref, found.* from unnest($1::text[], $2::bigint[]) as asked (room, ref)
    join rooms on rooms.address = asked.room
    cross join lateral (${numbered(targetSql, ['rooms.id', 'asked.ref'])} offset 0) as found`,
}
const readNamed = {
  name: 'plain named',
  text: `select asked.index, found.* from unnest($1::int[], $2::text[], $3::text[]) as asked (index, names, room)
    join rooms on rooms.address = asked.room
    cross join lateral (${numbered(addressingSql.named, ['asked.names', 'rooms.id'])} offset 0) as found`,
}
const updateRooms = {
  name: 'plain rooms',
  text: `update rooms set last = new.id, last_at = new.at
    from json_to_recordset($1) as new (room_id bigint, id bigint, at bigint) where rooms.id = new.room_id`,
}
const insertEntries = {
  name: 'plain entries',
  text: `insert into entries (room_id, id, type, user_id, key, at, data, ref, mentions, place)
    select room_id, id, 'chat', user_id, key, at, data, ref, mentions, place from json_to_recordset($1)
      as new (room_id bigint, id bigint, user_id bigint, key text, at bigint, data text, ref bigint, mentions text, place bigint)`,
}
const addWords = {
  name: 'plain words',
  // Without a list of rows, which PostgreSQL would write down first.
  text: `insert into search_index (place, words)
    select unnest($1::bigint[]), array_to_tsvector(string_to_array(unnest($2::text[]), ' '))`,
}
const mentionedIn = [
  'asked.room_id',
  'asked.message_id',
  'asked.user_id',
  'asked.author',
  'asked.author',
  'asked.room_id',
]
const answeredBy = ['asked.message_id', 'asked.room_id', 'asked.ref', 'asked.author', 'asked.author', 'asked.room_id']
/** Lists are in the order of `addressed.id`, which is that of the messages. */
const address = {
  name: 'plain addressed',
  text: `with asked as materialized (
      select * from json_to_recordset($1)
        as new (n int, room_id bigint, message_id bigint, author bigint, user_id bigint, ref bigint)
    ), kept as (
      insert into mentions (user_id, room_id, message_id)
      select found.* from asked cross join lateral (${numbered(whoIsMentioned, mentionedIn)} offset 0) as found
      returning user_id, room_id, message_id
    ), found as (
      select user_id, room_id, message_id, 0 as is_reply from kept
      union all
      select found.* from asked cross join lateral (${numbered(whoIsAnswered, answeredBy)} offset 0) as found
    )
    insert into addressed (user_id, room_id, message_id, is_reply)
    select found.user_id, room_id, message_id, max(is_reply) from found join asked using (room_id, message_id)
    group by 1, 2, 3 order by min(n)`,
}
