/**
 * Deletes the messages of a user part by part, and keeps their texts for an undo. A part looks at few rows: it is one transaction, and
 * others' writes wait for it.
 */
import type { Effect } from '../contracts/effects.ts'
import { all, one, only, type Rule } from '../transaction.ts'
import { type AuditRow, firstPart, maxLookedAt, messagesInPart, type Progress } from './action.ts'
import { keepText } from './actions/room/delete-message.ts'
import { writeEntryOf } from './entry.ts'

interface Found {
  roomId: number
  room: string
  id: number
  key: string
  data: string
  files: string | null
}

const found = `select room_id as "roomId", address as room, entries.id, key, coalesce((
    select edits.data from entries as edits {index:entries_edit}
    where edits.room_id = entries.room_id and edits.ref = entries.id
    and edits.type = 'edit' and edits.deleted = 0 order by edits.id desc limit 1), entries.data) as data, files`

/** Texts of the SQL, so that tests can look at their plans. */
export const removalSql = {
  keys: `select max(key) as last, count(*) as rows from (
      select key from entries {index:entries_key} where user_id = ? and key > ? order by key limit ${maxLookedAt}
    ) as looked_at`,
  // Deleted rooms are being erased: nothing of them is kept.
  everywhere: `${found}
    from entries {index:entries_key} join rooms on rooms.id = room_id
    where user_id = ? and key > ? and key <= ? and type = 'chat' and deleted = 0 and deleted_kind is null and entries.at >= ?
    order by key limit ${messagesInPart}`,
  ids: `select min(id) as first, count(*) as rows from (
      select id from entries {index:entries_chat} where room_id = ? and id < ? and type = 'chat'
      order by id desc limit ${maxLookedAt}
    ) as looked_at`,
  inRoom: `${found}
    from entries {index:entries_chat} join rooms on rooms.id = room_id
    where room_id = ? and entries.id < ? and entries.id >= ? and user_id = ? and type = 'chat' and deleted = 0
    and deleted_kind is null and entries.at >= ?
    order by entries.id desc limit ${messagesInPart}`,
}

/** Removes messages of all rooms, in the order of their keys, which is that of an index. @returns undefined when none are left */
export function* removeMessages(record: AuditRow, position: string, at: number, since = 0): Rule<Progress | undefined> {
  const { last, rows } = yield* only<{ last: string | null; rows: number }>(removalSql.keys, record.user, position)
  if (last === null) return undefined
  const messages = yield* all<Found>(removalSql.everywhere, record.user, position, last, since)
  const part = firstPart(messages)
  const effects = yield* removeAll(record, part, at)
  if (hasMore(messages, part)) return { position: part.at(-1)?.key ?? last, effects }
  return effects.length || rows === maxLookedAt ? { position: last, effects } : undefined
}

/**
 * Removes messages of one room, from the newest back to the first one since then: messages of the user in other rooms are not
 * looked at. @returns undefined when none are left
 */
export function* removeMessagesIn(
  roomId: number,
  record: AuditRow,
  position: string,
  at: number,
  since: number,
): Rule<Progress | undefined> {
  const before = position === '' ? Number.MAX_SAFE_INTEGER : Number(position)
  const { first, rows } = yield* only<{ first: number | null; rows: number }>(removalSql.ids, roomId, before)
  if (first === null) return undefined
  const messages = yield* all<Found>(removalSql.inRoom, roomId, before, first, record.user, since)
  const part = firstPart(messages)
  const effects = yield* removeAll(record, part, at)
  if (hasMore(messages, part)) return { position: `${part.at(-1)?.id ?? first}`, effects }
  const oldest = yield* one<{ at: number }>('select at from entries where room_id = ? and id = ?', roomId, first)
  const isLast = rows < maxLookedAt || (oldest?.at ?? 0) < since
  if (isLast && !effects.length) return undefined
  return { position: isLast ? '0' : `${first}`, effects }
}

function hasMore(messages: readonly Found[], part: readonly Found[]): boolean {
  return part.length < messages.length || messages.length === messagesInPart
}

function* removeAll({ id: action, actor }: AuditRow, messages: readonly Found[], at: number): Rule<Effect[]> {
  const effects: Effect[] = []
  for (const message of messages) {
    yield* keepText(action, message, at)
    effects.push(yield* writeEntryOf(message.room, actor ?? 0, at, { type: 'delete', ref: message.id }))
  }
  return effects
}
