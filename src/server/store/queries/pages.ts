/** Pages of a room's log, read no further than an answer is long. */
import { sizeOf } from '../../../shared/page-size.ts'
import { limits } from '../../../shared/protocol/limits.ts'
import type { Entry, HistoryPosition, Message } from '../../../shared/protocol/types.ts'
import { type GivenReaction, type Page, pageCharacters } from '../contracts/log.ts'
import { type EntryRow, entryOf, mentionsFrom, type UserColumns, userColumns, userOf } from '../rows.ts'
import { all, each, one, type Rule } from '../transaction.ts'
import { filesNamed, filesOf } from './files.ts'

export const entryColumns = `
  entries.id, rooms.address as room, entries.type, entries.at, entries.data, entries.ref, entries.is_on as "isOn",
  mentions, files, deleted, ${userColumns()}`
/** So many rows are read as are asked for: a planner that looks for the room in the join would first read all that follow. */
const joined = `
  join rooms on rooms.id = entries.room_id join users on users.id = entries.user_id
  where entries.room_id = (select id from rooms where address = ?)`

/** Looked up for each message as it is read: one message may have ten thousand edits. */
export const changes = `
  (select edits.id from entries as edits {index:entries_edit}
    where edits.room_id = entries.room_id and edits.ref = entries.id and edits.type = 'edit'
    order by edits.id desc limit 1) as "editId",
  case when exists (select 1 from reactions where room_id = entries.room_id and message_id = entries.id limit 1 offset 0)
    then 1 else 0 end as "hasReactions"`

export const pageSql = {
  last: 'select last from rooms where address = ?',
  time: 'select at from entries where room_id = (select id from rooms where address = ?) and id = ?',
  after: `select ${entryColumns} from entries ${joined} and entries.id > ? order by entries.id limit ?`,
  newest: `select ${entryColumns} from entries ${joined} order by entries.id desc limit ?`,
  newer: `
    select ${entryColumns}, ${changes} from entries {index:entries_chat} ${joined}
    and entries.type = 'chat' and entries.id > ? order by entries.id limit ?`,
  older: `
    select ${entryColumns}, ${changes} from entries {index:entries_chat} ${joined}
    and entries.type = 'chat' and entries.id < ? order by entries.id desc limit ?`,
  edit: `
    select data, at, mentions from entries where room_id = (select id from rooms where address = ?) and id = ?`,
  reactions: `
    select data, user_id as "userId" from reactions
    where room_id = (select id from rooms where address = ?) and message_id = ?
    order by data, id limit ${limits.maxReactionsGiven}`,
  reactionUsers: `
    select data, ${userColumns()}
    from reactions {ordered join} users on users.id = user_id
    where room_id = (select id from rooms where address = ?) and message_id = ? order by data, reactions.id limit ?`,
}

export interface MessageRow extends EntryRow {
  /** Its newest edit. */
  editId: number | null
  hasReactions: number
}

interface Part<Item> {
  items: Item[]
  more: boolean
  size: number
}

export function* messages(
  room: string,
  { before, after, around }: HistoryPosition,
  limit: number,
  characters = pageCharacters,
): Rule<Page> {
  const last = (yield* one<{ last: number }>(pageSql.last, room))?.last ?? 0
  if (after !== undefined) {
    const { items, more } = yield* messagesIn(pageSql.newer, room, after, limit, characters)
    return { last, messages: items, more }
  }
  if (around === undefined) {
    const { items, more } = yield* messagesIn(pageSql.older, room, before ?? last + 1, limit, characters)
    return { last, messages: items.reverse(), more }
  }
  // Half of the room is for the message itself and what follows it, however long those before it are.
  const first = yield* messagesIn(pageSql.older, room, around, Math.floor(limit / 2), characters / 2)
  const rest = limit - first.items.length
  const then = yield* messagesIn(pageSql.newer, room, around - 1, rest, characters - first.size)
  return { last, messages: [...first.items.reverse(), ...then.items], more: first.more }
}

export function* entriesAfter(room: string, after: number, limit: number): Rule<Entry[]> {
  const found = yield* each<EntryRow>(pageSql.after, room, after, limit)
  return (yield* upTo(found, limit, pageCharacters, entry)).items
}

export function* newestEntries(room: string, limit: number, characters: number): Rule<Entry[]> {
  const found = yield* each<EntryRow>(pageSql.newest, room, limit)
  return (yield* upTo(found, limit, characters, entry)).items.reverse()
}

/** 0 when there is no such entry. */
export function* timeOf(room: string, id: number): Rule<number> {
  return (yield* one<{ at: number }>(pageSql.time, room, id))?.at ?? 0
}

/** Those who reacted to a message, by reaction, in the order in which they did. */
export function* reactionUsers(room: string, message: number, limit: number): Rule<GivenReaction[]> {
  const found = yield* all<UserColumns & { data: string }>(pageSql.reactionUsers, room, message, limit)
  return found.map(({ data, ...user }) => ({ data, user: userOf(user) }))
}

function* messagesIn(sql: string, room: string, id: number, limit: number, characters: number): Rule<Part<Message>> {
  return yield* upTo(yield* each<MessageRow>(sql, room, id, limit + 1), limit, characters, message)
}

/** With those of its files that were not removed since: what is left out was taken out by a later entry. */
function* entry({ files, ...row }: EntryRow): Rule<Entry> {
  const found = entryOf(row)
  if (files === null) return found
  const named = yield* filesNamed(files)
  return found.type === 'edit' || named.length ? ({ ...found, files: named } as Entry) : found
}

/** A message as it is now: its entry with its newest edit, its files and its reactions. */
export function* message({ editId, hasReactions, files, ...row }: MessageRow): Rule<Message> {
  const found = entryOf(row) as Message
  if (found.deleted) return found
  const current = files === null ? [] : yield* filesOf(row.room, row.id)
  if (current.length) found.files = current
  const edit =
    editId === null ? undefined : yield* one<Pick<EntryRow, 'data' | 'at' | 'mentions'>>(pageSql.edit, row.room, editId)
  if (edit) {
    delete found.mentions
    Object.assign(found, { data: edit.data, edited: edit.at, ...mentionsFrom(edit.mentions) })
  }
  if (!hasReactions) return found
  const reactions = new Map<string, number[]>()
  for (const { data, userId } of yield* all<{ data: string; userId: number }>(pageSql.reactions, row.room, row.id)) {
    const users = reactions.get(data)
    if (users) users.push(userId)
    else reactions.set(data, [userId])
  }
  return { ...found, reactions: Object.fromEntries(reactions) }
}

/** As many as fit, and one at least, so that a client that asks again gets on. Nothing is read past the first that does not fit. */
export function* upTo<Row, Item extends Entry | Message>(
  found: Iterable<Row>,
  limit: number,
  characters: number,
  itemOf: (row: Row) => Rule<Item>,
): Rule<Part<Item>> {
  const items: Item[] = []
  let size = 0
  for (const row of found) {
    if (items.length >= limit) return { items, more: true, size }
    const item = yield* itemOf(row)
    const itemSize = sizeOf(item)
    if (items.length && size + itemSize > characters) return { items, more: true, size }
    items.push(item)
    size += itemSize
  }
  return { items, more: false, size }
}
