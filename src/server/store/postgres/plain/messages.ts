/**
 * Messages that ask nothing but the usual are most of what is written. What their rules ask is read for the whole batch at once, and what
 * they store is stored at once: a statement for each of a hundred messages costs more than the hundred messages. The rules are the same:
 * they are given what was read. A rule that asks for anything else has changed nothing yet, and is carried out as all others are.
 */
import type { Client } from 'pg'
import { ChatError } from '../../../shared/protocol/errors.ts'
import type { Writes } from '../calls.ts'
import { type MembershipRow, membershipSql } from '../queries/membership.ts'
import { type AppendedRow, append, keySql, type NewEntryRow } from '../rules/append.ts'
import { entrySql } from '../rules/entries.ts'
import { indexSql } from '../search/index.ts'
import type { Query, Value } from '../transaction.ts'
import { numbered } from './dialect.ts'
import type { Outcome, Write } from './writes.ts'

/** A room of the batch, which is locked. */
export interface LockedRoom {
  id: number
  address: string
  last: number
}

interface Plain {
  /** Its place in the batch. */
  index: number
  entry: NewEntryRow
  /** The newest id that a read mark before it in its room names. */
  markedTo: number
}

interface Known {
  rooms: Map<string, LockedRoom>
  /** Users and keys that the log has. */
  keys: Set<string>
  members: Map<string, MembershipRow>
  /** Of the search, in order. */
  places: number[]
}

interface Stored {
  entries: EntryRow[]
  indexed: { place: number; words: string }[]
}

interface EntryRow {
  room_id: number
  id: number
  user_id: number
  key: string
  at: number
  data: string
  place: number
}

/**
 * Writes that may be carried out after messages which were given later: nobody who gave one has the answer to the other yet. A read mark
 * may unless it names an entry that is not there, which it would then read unseen.
 */
const passable: ReadonlySet<string> = new Set(['markRead', 'openRoom', 'noteSeen', 'probe'])

/** The messages of a batch that may be plain, those of each room in their order. */
export function plainMessagesIn(batch: readonly Write[]): Plain[] {
  const closed = new Set<string | undefined>()
  const marked = new Map<string, number>()
  return batch.flatMap(({ call, route }, index) => {
    const entry = call.name === 'append' && !closed.has(route?.room) ? (call.values[0] as NewEntryRow) : undefined
    if (entry && mayBePlain(entry)) return [{ index, entry, markedTo: marked.get(entry.room) ?? 0 }]
    if (call.name === 'markRead') noteMark(call.values as Parameters<Writes['markRead']>)
    if (!passable.has(call.name)) closed.add(route?.room)
    return []
  })

  function noteMark([, room, id]: Parameters<Writes['markRead']>): void {
    marked.set(room, Math.max(id, marked.get(room) ?? 0))
  }
}

function mayBePlain({ type, ref, files, data }: NewEntryRow): boolean {
  return type === 'chat' && ref === null && files === null && !data.includes('@')
}

/** To be sent after the locks, and without waiting for them. */
export async function readFor(client: Client, plain: readonly Plain[]): Promise<Omit<Known, 'rooms'>> {
  const users = plain.map(({ entry }) => entry.userId)
  const keys = plain.map(({ entry }) => entry.key)
  const pairs = new Map(plain.map(({ entry }) => [memberKey(entry.userId, entry.room), entry]))
  const [used, members, places] = await Promise.all([
    client.query({ ...readKeys, values: [users, keys] }),
    client.query({
      ...readMembers,
      values: [[...pairs.values()].map(({ userId }) => userId), [...pairs.values()].map(({ room }) => room)],
    }),
    client.query({ ...readPlaces, values: [plain.length] }),
  ])
  return {
    keys: new Set(used.rows.map(({ user_id, key }) => `${user_id} ${key}`)),
    members: new Map(members.rows.map((row: MembershipRow) => [memberKey(row.userId, row.address), row])),
    places: places.rows.map(({ place }) => place),
  }
}

/** @returns the outcomes of those that were plain, by their place in the batch, and what is to be stored of them */
export function carryOutPlain(
  plain: readonly Plain[],
  known: Known,
): { outcomes: Map<number, Outcome>; stored: Stored } {
  const outcomes = new Map<number, Outcome>()
  const stored: Stored = { entries: [], indexed: [] }
  const closed = new Set<string>()
  for (const { index, entry, markedTo } of plain) {
    if (closed.has(entry.room)) continue
    const isMarked = markedTo > (known.rooms.get(entry.room)?.last ?? 0)
    const outcome = isMarked ? undefined : attempt(entry, known, stored)
    if (outcome) outcomes.set(index, outcome)
    // What follows in the room follows in the log, too.
    else closed.add(entry.room)
  }
  return { outcomes, stored }
}

/** @returns undefined when its rule asks for what is not known here */
function attempt(entry: NewEntryRow, known: Known, stored: Stored): Outcome | undefined {
  const room = known.rooms.get(entry.room)
  const place = known.places[0]
  if (!room || place === undefined) return undefined
  const key = `${entry.userId} ${entry.key}`
  if (known.keys.has(key)) return undefined
  const answers = new Answers(entry, room, place, known)
  const rule = append(entry)
  try {
    let step = rule.next()
    while (!step.done) {
      if (!answers.has(step.value)) return undefined
      step = rule.next(answers.take(step.value))
    }
    return keep(step.value)
  } catch (error) {
    if (error instanceof ChatError) return { error }
    throw error
  }

  function keep(value: AppendedRow): Outcome | undefined {
    const { row, words } = answers
    if (!row || words === undefined) return undefined
    known.places.shift()
    known.keys.add(key)
    if (room) room.last = row.id
    stored.entries.push(row)
    stored.indexed.push({ place: row.place, words })
    return { value }
  }
}

/** Answers what the rule of one message asks. */
class Answers {
  row: EntryRow | undefined
  words: string | undefined
  readonly #answers: Record<string, (values: Value[]) => unknown>

  constructor(entry: NewEntryRow, { id: roomId, last }: LockedRoom, place: number, { members }: Known) {
    const id = last + 1
    const { room, userId, key, at, data } = entry
    this.#answers = {
      [keySql]: () => undefined,
      [membershipSql]: () => members.get(memberKey(userId, room)),
      [entrySql.next]: () => ({ roomId, id, at }),
      [indexSql.next]: () => ({ place }),
      [entrySql.insert]: () => {
        this.row = { room_id: roomId, id, user_id: userId, key, at, data, place }
        return 1
      },
      [indexSql.add]: ([, words]) => {
        this.words = words as string
        return 1
      },
    }
  }

  has(query: Query): query is Exclude<Query, { type: 'erased' }> {
    return query.type !== 'erased' && query.sql in this.#answers
  }

  take({ sql, values }: Exclude<Query, { type: 'erased' }>): unknown {
    return this.#answers[sql]?.(values)
  }
}

/** Stores what they have in common, in as many statements for a hundred as for one. */
export async function storePlain(client: Client, { entries, indexed }: Stored): Promise<void> {
  const rooms = new Map(entries.map(({ room_id, id, at }) => [room_id, { room_id, id, at }]))
  await Promise.all([
    client.query({ ...updateRooms, values: [JSON.stringify([...rooms.values()])] }),
    client.query({ ...insertEntries, values: [JSON.stringify(entries)] }),
    client.query({ ...addWords, values: [JSON.stringify(indexed)] }),
  ])
}

function memberKey(userId: number, room: string): string {
  return `${userId} ${room}`
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
  text: `select found.* from unnest($1::bigint[], $2::text[]) as asked (user_id, room)
    cross join lateral (${numbered(membershipSql, ['asked.user_id', 'asked.room'])} offset 0) as found`,
}
const readPlaces = {
  name: 'plain places',
  text: `select nextval('search_places') as place from generate_series(1, $1::int)`,
}
const updateRooms = {
  name: 'plain rooms',
  text: `update rooms set last = new.id, last_at = new.at
    from json_to_recordset($1) as new (room_id bigint, id bigint, at bigint) where rooms.id = new.room_id`,
}
const insertEntries = {
  name: 'plain entries',
  text: `insert into entries (room_id, id, type, user_id, key, at, data, place)
    select room_id, id, 'chat', user_id, key, at, data, place from json_to_recordset($1)
      as new (room_id bigint, id bigint, user_id bigint, key text, at bigint, data text, place bigint)`,
}
const addWords = {
  name: 'plain words',
  text: `insert into search_index (place, words)
    select place, array_to_tsvector(string_to_array(words, ' '))
    from json_to_recordset($1) as new (place bigint, words text)`,
}
