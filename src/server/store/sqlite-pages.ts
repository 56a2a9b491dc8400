/** Pages of a room's log, read no further than an answer is long. */
import type { DatabaseSync } from 'node:sqlite'
import { sizeOf } from '../../shared/page-size.ts'
import { type Entry, type HistoryPosition, limits, type Message } from '../../shared/protocol.ts'
import { type EntryRow, entryOf, mentionsFrom } from './sqlite-entries.ts'
import { type Rows, rows } from './sqlite-rows.ts'
import { type Page, pageCharacters } from './store.ts'

const entryColumns = `
  entries.id, rooms.address as room, entries.type, entries.at, entries.data, entries.ref, entries.is_on as "isOn",
  mentions, users.id as "userId", users.name as "userName", users.image as "userImage"`
const joined = `
  join rooms on rooms.id = entries.room_id join users on users.id = entries.user_id
  where rooms.address = ?`

/** Looked up for each message as it is read: somebody may have edited one of them ten thousand times. */
const changes = `
  (select edits.id from entries as edits indexed by entries_edit
    where edits.room_id = entries.room_id and edits.ref = entries.id and edits.type = 'edit'
    order by edits.id desc limit 1) as "editId",
  exists (select 1 from reactions where room_id = entries.room_id and message_id = entries.id) as "hasReactions"`

/** What is read. Exported for the test of the query plans. */
export const pageSql = {
  last: 'select last from rooms where address = ?',
  after: `select ${entryColumns} from entries ${joined} and entries.id > ? order by entries.id limit ?`,
  newest: `select ${entryColumns} from entries ${joined} order by entries.id desc limit ?`,
  newer: `
    select ${entryColumns}, ${changes} from entries indexed by entries_chat ${joined}
    and entries.type = 'chat' and entries.id > ? order by entries.id limit ?`,
  older: `
    select ${entryColumns}, ${changes} from entries indexed by entries_chat ${joined}
    and entries.type = 'chat' and entries.id < ? order by entries.id desc limit ?`,
  edit: `
    select data, at, mentions from entries where room_id = (select id from rooms where address = ?) and id = ?`,
  reactions: `
    select data, user_id as "userId" from reactions
    where room_id = (select id from rooms where address = ?) and message_id = ?
    order by data, id limit ${limits.maxReactionsGiven}`,
}

export interface PageReads {
  messages(room: string, place: HistoryPosition, limit: number, characters?: number): Page
  entriesAfter(room: string, after: number, limit: number): Entry[]
  newestEntries(room: string, limit: number, characters: number): Entry[]
}

interface MessageRow extends EntryRow {
  /** Of its newest edit. */
  editId: number | null
  hasReactions: number
}

interface Part {
  messages: Message[]
  more: boolean
  size: number
}

export function pageReads(database: DatabaseSync, read: Rows = rows(database)): PageReads {
  const { one, all, each } = read

  return {
    messages(room, { before, after, around }, limit, characters = pageCharacters) {
      const last = one<{ last: number }>(pageSql.last, room)?.last ?? 0
      if (after !== undefined) return pageOf(last, newer(room, after, limit, characters))
      if (around === undefined) return pageOf(last, older(room, before ?? last + 1, limit, characters))
      // Half of the room is for the message itself and what follows it, however long those before it are.
      const first = older(room, around, Math.floor(limit / 2), characters / 2)
      const then = newer(room, around - 1, limit - first.messages.length, characters - first.size)
      return { last, messages: [...first.messages, ...then.messages], more: first.more }
    },

    entriesAfter(room, after, limit) {
      const taken = upTo(each<EntryRow>(pageSql.after, room, after, limit), limit, pageCharacters, entryOf)
      return taken.items
    },

    newestEntries(room, limit, characters) {
      return upTo(each<EntryRow>(pageSql.newest, room, limit), limit, characters, entryOf).items.reverse()
    },
  }

  function older(room: string, before: number, limit: number, characters: number): Part {
    const { items, more, size } = upTo(
      each<MessageRow>(pageSql.older, room, before, limit + 1),
      limit,
      characters,
      folded,
    )
    return { messages: items.reverse(), more, size }
  }

  function newer(room: string, after: number, limit: number, characters: number): Part {
    const { items, more, size } = upTo(
      each<MessageRow>(pageSql.newer, room, after, limit + 1),
      limit,
      characters,
      folded,
    )
    return { messages: items, more, size }
  }

  /** A message as it stands now: its entry with its newest edit and the reactions that are given. */
  function folded({ editId, hasReactions, ...row }: MessageRow): Message {
    const message = entryOf(row) as Message
    if (message.deleted) return message
    const edit = editId !== null && one<Pick<EntryRow, 'data' | 'at' | 'mentions'>>(pageSql.edit, row.room, editId)
    if (edit) {
      delete message.mentions
      Object.assign(message, { data: edit.data, edited: edit.at, ...mentionsFrom(edit.mentions) })
    }
    if (!hasReactions) return message
    for (const { data, userId } of all<{ data: string; userId: number }>(pageSql.reactions, row.room, row.id)) {
      message.reactions ??= {}
      const users = Object.hasOwn(message.reactions, data) ? message.reactions[data] : undefined
      if (users) users.push(userId)
      else Object.defineProperty(message.reactions, data, { value: [userId], enumerable: true, writable: true })
    }
    return message
  }
}

function pageOf(last: number, { messages, more }: Part): Page {
  return { last, messages, more }
}

/** As many as fit, and one at least, so that whoever asks again gets on. Nothing is read past the first that does not. */
function upTo<Row, Item extends Entry | Message>(
  found: Iterable<Row>,
  limit: number,
  characters: number,
  itemOf: (row: Row) => Item,
): { items: Item[]; more: boolean; size: number } {
  const items: Item[] = []
  let size = 0
  for (const row of found) {
    if (items.length >= limit) return { items, more: true, size }
    const item = itemOf(row)
    const itemSize = sizeOf(item)
    if (items.length && size + itemSize > characters) return { items, more: true, size }
    items.push(item)
    size += itemSize
  }
  return { items, more: false, size }
}
