/** Files from the beginning of their upload until their rows go. */
import { dayMs } from '../../../../shared/durations.ts'
import { ChatError, dailyQuotaMessage, usedKeyMessage } from '../../../../shared/protocol/errors.ts'
import type { FileInfo } from '../../../../shared/protocol/types.ts'
import {
  type Discarded,
  type ExpiredFiles,
  type FileContent,
  type NewFile,
  type StoredFile,
  unsentFileMs,
} from '../../contracts/files.ts'
import { bytesOf, file, filesNamed, hashesInUse } from '../../queries/files.ts'
import { changeIndex, indexedNow } from '../../search/index.ts'
import { markTexts, markTextsOfMessage, waitsForText } from '../../search/texts.ts'
import { all, noteErased, one, type Rule, run } from '../../transaction.ts'
import { refuseUnlessOpen, type Writing, writerIn } from '../writer.ts'
import { counting, storedBytes } from './totals.ts'

export type NewFileRow = Omit<NewFile, 'unverified' | 'onlyInvited'> & Writing

/** The files that an entry names: their ids as JSON, or null. */
interface Naming {
  userId: number
  ref: number | null
  files: string | null
  data: string
}

/** Others' writes wait for each part. */
const expiredAtOnce = 500

export const expirySql = {
  unsent: `select id, hash from files where message_id is null and created_at < ? limit ${expiredAtOnce}`,
  // Those of messages that a moderator has deleted wait with the text.
  removed: `
    select id, hash from files {index:files_removed} where removed_at is not null and not exists (
      select 1 from removed_messages as kept {index:removed_messages_message}
      where kept.room_id = files.room_id and kept.message_id = files.message_id
    ) limit ${expiredAtOnce}`,
  // Not before their messages: the index names what it removes by the names of the files.
  ofDeletedRooms: `
    select files.id, hash from rooms {ordered join} files on room_id = rooms.id
    where deleted_kind is not null and not exists (
      select 1 from entries where entries.room_id = files.room_id and entries.id = files.message_id
    ) limit ${expiredAtOnce}`,
}

export function* createFile(created: NewFileRow): Rule<string> {
  const { id } = created
  const found = yield* writerIn(created)
  yield* refuseUnlessOpen(found, created)
  const same = yield* fileWithKey(found.row.roomId, created)
  if (same !== undefined) return same
  yield* refuseBeyondQuota(created)
  yield* counting([id], insertFile(created, found.row.roomId))
  return id
}

function* insertFile(created: NewFileRow, roomId: number): Rule<void> {
  const { id, userId, at, name, type, bytes, alt, asFile, isVerified, key } = created
  yield* run(
    `insert into files (id, room_id, user_id, created_at, name, type, bytes, alt, as_file, is_unverified, key)
    values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    id,
    roomId,
    userId,
    at,
    name,
    type,
    bytes,
    alt,
    Number(asFile),
    Number(!isVerified),
    key ?? null,
  )
}

interface Keyed {
  id: string
  roomId: number
  type: string
  bytes: number
  hash: string | null
  messageId: number | null
}

/** The upload that a client begins again because it did not hear that it had begun. What it says of it now holds. */
function* fileWithKey(
  roomId: number,
  { userId, isVerified, key, bytes, alt, type }: NewFileRow,
): Rule<string | undefined> {
  if (key === undefined) return undefined
  const same = yield* one<Keyed>(
    `select id, room_id as "roomId", type, bytes, hash, message_id as "messageId" from files
    where user_id = ? and is_unverified = ? and key = ?`,
    userId,
    Number(!isVerified),
    key,
  )
  if (!same) return undefined
  // What is kept of an image may be shorter than what was announced.
  const isImage = [same.type, type].some((one) => one.startsWith('image/'))
  const isCleaned = same.hash !== null && isImage && same.bytes < bytes
  const isSame = same.roomId === roomId && same.messageId === null && (same.bytes === bytes || isCleaned)
  if (!isSame) throw new ChatError('bad-field', usedKeyMessage)
  yield* run('update files set alt = ? where id = ?', alt, same.id)
  return same.id
}

function* refuseBeyondQuota(created: NewFileRow): Rule<void> {
  const { bytes, at, quotaBytes, dailyBytes, totalBytes } = created
  if (quotaBytes !== undefined && bytes + (yield* bytesOf(created)) > quotaBytes) {
    throw new ChatError('quota', `Your files can have ${quotaBytes} bytes together.`)
  }
  if (dailyBytes !== undefined && bytes + (yield* bytesOf(created, at - dayMs)) > dailyBytes) {
    throw new ChatError('quota', dailyQuotaMessage(dailyBytes))
  }
  if (totalBytes !== undefined && bytes + (yield* storedBytes()) > totalBytes) {
    throw new ChatError('quota', `The files of this server can have ${totalBytes} bytes together.`)
  }
}

export function* completeFile(id: string, content: FileContent): Rule<StoredFile> {
  const { hash, type, bytes, width, height, color } = content
  const update = run(
    `update files set hash = ?, type = ?, bytes = ?, width = ?, height = ?, color = ?, text_waits = ?
    where id = ? and hash is null`,
    hash,
    type,
    bytes,
    width ?? null,
    height ?? null,
    color ?? null,
    waitsForText(type, bytes),
    id,
  )
  const completed = yield* counting([id], update, hash)
  const stored = completed ? yield* file(id) : undefined
  if (!stored) throw noSuchFile()
  return stored
}

export function* discardFile(id: string, userId: number): Rule<Discarded | undefined> {
  const remove = one<{ hash: string | null }>(
    'delete from files where id = ? and user_id = ? and message_id is null returning hash',
    id,
    userId,
  )
  const discarded = yield* counting([id], remove)
  if (!discarded) return undefined
  yield* noteErased()
  const { hash } = discarded
  const isUsed = hash !== null && (yield* hashesInUse([hash])).length > 0
  return { hash: isUsed ? undefined : (hash ?? undefined) }
}

export function* deleteFiles(ids: readonly string[]): Rule<number> {
  const messages = yield* all<{ roomId: number; id: number }>(
    `select distinct room_id as "roomId", message_id as id from {strings} as named {ordered join} files on files.id = named.value
    where message_id is not null`,
    JSON.stringify(ids),
  )
  const indexed = []
  for (const { roomId, id } of messages) indexed.push({ roomId, id, before: yield* indexedNow(roomId, id) })
  const deleted = yield* counting(ids, removeRows(ids))
  // Messages are found by the names of their files.
  for (const { roomId, id, before } of indexed) yield* changeIndex(before, roomId, id)
  if (deleted) yield* noteErased()
  return deleted
}

/** @throws ChatError `no-such-file` unless all of them are complete files of the sender in that room, and not sent yet */
export function* refuseUnlessSendable(roomId: number, { userId, files, data }: Naming): Rule<void> {
  refuseEmpty(data, files)
  if (files === null) return
  const sendable = yield* all(
    `select 1 from {strings} as named {ordered join} files on files.id = named.value
    where room_id = ? and user_id = ? and hash is not null and message_id is null`,
    files,
    roomId,
    userId,
  )
  if (sendable.length < JSON.parse(files).length) throw noSuchFile()
}

/** @throws ChatError `no-such-file` unless the message has all of them, in that order */
export function* refuseUnlessKept(roomId: number, { ref, files, data }: Naming): Rule<void> {
  refuseEmpty(data, files)
  if (files === null) return
  const named: string[] = JSON.parse(files)
  const kept = (yield* filesOfMessage(roomId, ref)).filter((id) => named.includes(id))
  if (kept.join() !== named.join()) throw noSuchFile()
}

/** Hashes of those named files that are the user's, in their order. @param files their ids as JSON */
export function* hashesOf(userId: number, files: string): Rule<string[]> {
  const named: string[] = JSON.parse(files)
  const found = yield* all<{ id: string; hash: string | null }>(
    `select files.id, hash from {strings} as named {ordered join} files on files.id = named.value where user_id = ?`,
    files,
    userId,
  )
  const hashes = new Map(found.map(({ id, hash }) => [id, hash]))
  return named.flatMap((id) => hashes.get(id) ?? [])
}

function refuseEmpty(data: string, files: string | null): void {
  if (data === '' && (files === null || files === '[]')) throw new ChatError('bad-field', '"data" must not be empty.')
}

/** Gives a new message its files. */
export function* attachFiles(message: number, files: string): Rule<FileInfo[]> {
  const named: string[] = JSON.parse(files)
  for (const [position, id] of named.entries()) {
    yield* run('update files set message_id = ?, position = ? where id = ?', message, position, id)
  }
  return yield* filesNamed(files)
}

/** Removes all others from the message. */
export function* keepFiles(roomId: number, message: number | null, files: string, at: number): Rule<FileInfo[]> {
  const removed = yield* run(
    `update files set removed_at = ? where room_id = ? and message_id = ? and removed_at is null
      and id not in (select kept.value from {strings} as kept)`,
    at,
    roomId,
    message,
    files,
  )
  if (removed) yield* markTextsOfMessage(roomId, message)
  return yield* filesNamed(files)
}

/** With the message, which is deleted. */
export function* removeFiles(roomId: number, message: number | null, at: number): Rule<void> {
  const removed = yield* run(
    'update files set removed_at = ? where room_id = ? and message_id = ? and removed_at is null',
    at,
    roomId,
    message,
  )
  if (removed) yield* markTextsOfMessage(roomId, message)
}

/** With the message, whose deletion is undone. */
export function* restoreFiles(files: string): Rule<void> {
  yield* run('update files set removed_at = null where id in (select named.value from {strings} as named)', files)
}

/** The ids of the files that the message has now. */
export function* filesOfMessage(roomId: number, message: number | null): Rule<string[]> {
  const found = yield* all<{ id: string }>(
    'select id from files where room_id = ? and message_id = ? and removed_at is null order by position',
    roomId,
    message,
  )
  return found.map(({ id }) => id)
}

export function* expireFiles(at: number): Rule<ExpiredFiles> {
  const found = [
    ...(yield* all<Expired>(expirySql.unsent, at - unsentFileMs)),
    ...(yield* all<Expired>(expirySql.removed)),
    ...(yield* all<Expired>(expirySql.ofDeletedRooms)),
  ]
  const files = new Map(found.slice(0, expiredAtOnce).map(({ id, hash }) => [id, hash]))
  if (!files.size) return { ids: [], hashes: [], more: false }
  const ids = [...files.keys()]
  yield* counting(ids, removeRows(ids))
  yield* noteErased()
  const hashes = new Set([...files.values()].filter((hash) => hash !== null))
  const used = new Set(yield* hashesInUse([...hashes]))
  return { ids, hashes: [...hashes.difference(used)], more: found.length >= expiredAtOnce }
}

function* removeRows(ids: readonly string[]): Rule<number> {
  yield* markTexts(JSON.stringify(ids))
  return yield* run('delete from files where id in (select named.value from {strings} as named)', JSON.stringify(ids))
}

interface Expired {
  id: string
  hash: string | null
}

function noSuchFile(): ChatError {
  return new ChatError('no-such-file', 'There is no such file.')
}
