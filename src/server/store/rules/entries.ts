/** Writes an entry and what it changes, without asking whether its user may. */
import type { Mentioned } from '../../../shared/mentions.ts'
import { ChatError } from '../../../shared/protocol/errors.ts'
import type { FileInfo, RoomSettings } from '../../../shared/protocol/types.ts'
import { joinedTermsOf } from '../../../shared/search/fast-terms.ts'
import { confusableSkeleton } from '../../auth/confusables.ts'
import type { Alts } from '../contracts/log.ts'
import { type EntryColumns, mentionsColumn } from '../rows.ts'
import { addToIndex, changeIndex, indexedNow, nextPlace, wordsOf } from '../search/index.ts'
import { notePlace } from '../search/places.ts'
import { noteErased, one, type Rule, run } from '../transaction.ts'
import { attachFiles, keepFiles, removeFiles } from './files/files.ts'
import { mayMention, noteMentions, noteReply } from './mentions.ts'

export interface WrittenEntry extends EntryColumns {
  room: string
  userId: number
  key: string
  at: number
  /** What stands for some of its files from now on, by their ids. */
  alts?: Alts
  /** Those of its text, joined by spaces, if they have been made already. */
  terms?: string | undefined
}

/** What the store has given to an entry. */
export interface Written {
  roomId: number
  id: number
  at: number
  mentioned: Mentioned[]
  /** The files that it names. */
  files: FileInfo[] | undefined
}

export const entrySql = {
  /** Takes the time and the room's address. */
  next: `
    update rooms set last = last + 1, last_at = ? where address = ?
    returning id as "roomId", last as id, last_at as at`,
  insert: `
    insert into entries (room_id, id, type, user_id, key, at, data, ref, is_on, mentions, files, place)
    values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
}

/** @param isModerator whether its user writes as a moderator of the room, and may mention everybody */
export function* writeEntry(entry: WrittenEntry, isModerator: boolean): Rule<Written> {
  const { room, type, userId, key, at, data, ref, isOn, files, alts = {}, terms } = entry
  const next = yield* one<{ roomId: number; id: number; at: number }>(entrySql.next, at, room)
  if (!next) throw new ChatError('no-such-room', 'There is no such room.')
  const { roomId, id } = next
  const place = type === 'chat' ? yield* nextPlace() : null
  const indexed = type === 'edit' || type === 'delete' ? yield* indexedNow(roomId, ref) : undefined
  const mentioned = mayMention(type, data)
    ? yield* noteMentions(roomId, id, { type, userId, data, ref, isModerator })
    : []
  yield* run(
    entrySql.insert,
    roomId,
    id,
    type,
    userId,
    key,
    next.at,
    data,
    ref,
    isOn,
    mentionsColumn(mentioned),
    files,
    place,
  )
  if (type === 'chat' && ref !== null) yield* noteReply(roomId, id, userId, ref)
  if (type === 'room') yield* changeSettings(roomId, JSON.parse(data))
  if (type === 'react') yield* react(roomId, { id, userId, data, ref, isOn })
  if (type === 'pin') yield* pin(roomId, { id, ref, isOn })
  if (type === 'delete') yield* erase(roomId, ref, next.at)
  for (const [file, alt] of Object.entries(alts)) yield* run('update files set alt = ? where id = ?', alt, file)
  const infos = files === null ? undefined : yield* noteFiles(roomId, id, { type, ref, files, at: next.at })
  if (place !== null) {
    const names = infos?.map(({ name }) => name) ?? []
    yield* notePlace({ place, roomId, id }, next.at)
    yield* addToIndex({
      place,
      words: wordsOf({ roomId, userId, data, terms: terms ?? joinedTermsOf(data), files: names, mentioned }),
    })
  }
  if (type === 'edit' || type === 'delete') yield* changeIndex(indexed, roomId, ref)
  return { roomId, id, at: next.at, mentioned, files: infos }
}

function* noteFiles(
  roomId: number,
  id: number,
  { type, ref, files, at }: Pick<WrittenEntry, 'type' | 'ref' | 'at'> & { files: string },
): Rule<FileInfo[]> {
  return yield* type === 'chat' ? attachFiles(id, files) : keepFiles(roomId, ref, files, at)
}

function* changeSettings(roomId: number, settings: RoomSettings): Rule<void> {
  const { name, topic, readOnly, slowMs, archived } = settings
  yield* run(
    `update rooms set name = coalesce(?, name),
      skeleton = case kind when 'public' then coalesce(?, skeleton) end, topic = coalesce(?, topic),
      read_only = coalesce(?, read_only), slow_ms = coalesce(?, slow_ms), archived = coalesce(?, archived)
    where id = ?`,
    name ?? null,
    name === undefined ? null : confusableSkeleton(name),
    topic ?? null,
    bit(readOnly),
    slowMs ?? null,
    bit(archived),
    roomId,
  )
}

interface Reaction extends Pick<EntryColumns, 'data' | 'ref' | 'isOn'> {
  id: number
  userId: number
}

function* react(roomId: number, { id, userId, data, ref, isOn }: Reaction): Rule<void> {
  if (isOn) {
    yield* run(
      `insert into reactions (room_id, message_id, data, user_id, id) values (?, ?, ?, ?, ?)
      on conflict (room_id, message_id, data, user_id) do update set id = excluded.id`,
      roomId,
      ref,
      data,
      userId,
      id,
    )
    return
  }
  yield* run(
    'delete from reactions where room_id = ? and message_id = ? and data = ? and user_id = ?',
    roomId,
    ref,
    data,
    userId,
  )
}

/** A message that is pinned again comes after the others. */
function* pin(roomId: number, { id, ref, isOn }: Pick<Reaction, 'id' | 'ref' | 'isOn'>): Rule<void> {
  yield* run('delete from pins where room_id = ? and message_id = ?', roomId, ref)
  if (isOn) yield* run('insert into pins (room_id, message_id, id) values (?, ?, ?)', roomId, ref, id)
}

/** Takes the text and the files out of a message and its edits; the entries keep their places. */
function* erase(roomId: number, message: number | null, at: number): Rule<void> {
  yield* noteErased()
  yield* run(
    `update entries set data = '', mentions = null, files = null, deleted = 1 where room_id = ? and id = ?`,
    roomId,
    message,
  )
  // The planner would take the primary key, and with it everything that was ever written in the room.
  yield* run(
    `update entries {index:entries_edit} set data = '', mentions = null, files = null, deleted = 1
    where room_id = ? and ref = ? and type = 'edit'`,
    roomId,
    message,
  )
  yield* run('delete from reactions where room_id = ? and message_id = ?', roomId, message)
  yield* run('delete from pins where room_id = ? and message_id = ?', roomId, message)
  yield* removeFiles(roomId, message, at)
  // What a webhook has answered may repeat the text.
  yield* run('update deliveries set answer = null where room_id = ? and message_id = ?', roomId, message)
}

function bit(value: boolean | undefined): number | null {
  return value === undefined ? null : Number(value)
}
