/** Uploaded files, those of a message and those of a room; and which bytes the picture of a user or a room has. */
import { limits } from '../../../shared/protocol/limits.ts'
import type { FileInfo } from '../../../shared/protocol/types.ts'
import { canView } from '../../../shared/rights.ts'
import type { Viewer } from '../contracts/accounts.ts'
import type { FilesPage, FileUploader, FileUsage, ListCursor, StoredFile } from '../contracts/files.ts'
import type { OwnedPicture, Picture } from '../contracts/pictures.ts'
import { type UserColumns, userColumns, userOf } from '../rows.ts'
import { all, one, only, type Rule } from '../transaction.ts'
import { membership } from './membership.ts'

const infoColumns = 'files.id, files.name, files.type, bytes, width, height, color, alt'

const storedColumns = `${infoColumns}, address as room, user_id as "userId", files.created_at as "createdAt",
  as_file as "asFile", is_unverified as "isUnverified", hash, message_id as "messageId", removed_at as "removedAt"`

export const fileSql = {
  one: `select ${storedColumns} from files join rooms on rooms.id = room_id where files.id = ?`,
  every: `
    select ${storedColumns} from files {ordered join} rooms on rooms.id = room_id
    where files.id > ? order by files.id limit ?`,
  named: `
    select ${infoColumns} from {strings} as named {ordered join} files on files.id = named.value
    where removed_at is null order by position`,
  ofMessage: `
    select ${infoColumns} from files
    where room_id = (select id from rooms where address = ?) and message_id = ? and removed_at is null order by position`,
  inRoom: `
    select ${infoColumns}, message_id as message, entries.at, ${userColumns()}
    from files {index:files_message} {ordered join} entries on entries.room_id = files.room_id and entries.id = message_id
      {ordered join} users on users.id = files.user_id
    where files.room_id = (select id from rooms where address = ?) and message_id < ? and removed_at is null
    order by message_id desc, position desc limit ?`,
  // Files, and the pictures of users and rooms.
  hashes: `
    select hash from {strings} as named {ordered join} files on hash = named.value
    union select picture as hash from {strings} as named {ordered join} users on picture = named.value
    union select picture as hash from {strings} as named {ordered join} rooms on picture = named.value`,
  ofUser:
    'select cast(coalesce(sum(bytes), 0) as bigint) as bytes from files where user_id = ? and is_unverified = ? and created_at >= ?',
}

interface InfoRow {
  id: string
  name: string
  type: string
  bytes: number
  width: number | null
  height: number | null
  color: string | null
  alt: string
}

interface FileRow extends InfoRow {
  room: string
  userId: number
  createdAt: number
  asFile: number
  isUnverified: number
  hash: string | null
  messageId: number | null
  removedAt: number | null
}

interface ListedRow extends InfoRow, UserColumns {
  message: number
  at: number
}

export function* file(id: string): Rule<StoredFile | undefined> {
  const row = yield* one<FileRow>(fileSql.one, id)
  return row && storedOf(row)
}

export function* everyFile(after: string, limit: number): Rule<StoredFile[]> {
  return (yield* all<FileRow>(fileSql.every, after, limit)).map(storedOf)
}

function storedOf(row: FileRow): StoredFile {
  const { room, userId, createdAt, asFile, isUnverified, hash, messageId, removedAt, ...info } = row
  return {
    file: infoOf(info),
    room,
    userId,
    createdAt,
    asFile: asFile === 1,
    isVerified: isUnverified === 0,
    hash: hash ?? undefined,
    messageId: messageId ?? undefined,
    removedAt: removedAt ?? undefined,
  }
}

export function* viewableFile(viewer: Viewer, id: string, at: number): Rule<StoredFile | undefined> {
  const found = yield* file(id)
  if (!found || found.hash === undefined || found.removedAt !== undefined) return undefined
  // Anybody can type the name of a guest.
  const isTheirs = found.userId === viewer.user.id && viewer.isVerified
  if (found.messageId === undefined && !isTheirs) return undefined
  const mine = yield* membership(viewer.user.id, found.room, at)
  return mine && canView(mine, viewer) ? found : undefined
}

/** @param ids JSON, as an entry has them @returns those that were not removed since */
export function* filesNamed(ids: string): Rule<FileInfo[]> {
  return (yield* all<InfoRow>(fileSql.named, ids)).map(infoOf)
}

/** The files that the message has now. */
export function* filesOf(room: string, message: number): Rule<FileInfo[]> {
  return (yield* all<InfoRow>(fileSql.ofMessage, room, message)).map(infoOf)
}

export function* filesIn(
  viewer: Viewer,
  room: string,
  { before = Number.MAX_SAFE_INTEGER, limit }: ListCursor,
): Rule<FilesPage | undefined> {
  const mine = yield* membership(viewer.user.id, room)
  if (!mine || !canView(mine, viewer)) return undefined
  const rows = yield* all<ListedRow>(fileSql.inRoom, room, before, limit + limits.maxFilesPerMessage)
  const last = rows[limit - 1]?.message ?? 0
  const shown = rows.filter(({ message }) => message >= last)
  const byMessage = Map.groupBy(shown, ({ message }) => message)
  return {
    files: [...byMessage.values()].flatMap((files) => files.reverse().map(listedOf)),
    more: shown.length < rows.length,
  }
}

export function* hashesInUse(hashes: readonly string[]): Rule<string[]> {
  return (yield* all<{ hash: string }>(fileSql.hashes, ...[1, 2, 3].map(() => JSON.stringify(hashes)))).map(
    ({ hash }) => hash,
  )
}

export function* fileUsage(uploader: FileUploader, since: number): Rule<FileUsage> {
  return { user: yield* bytesOf(uploader), day: yield* bytesOf(uploader, since) }
}

export function* bytesOf({ userId, isVerified }: FileUploader, since = 0): Rule<number> {
  return (yield* only<{ bytes: number }>(fileSql.ofUser, userId, Number(!isVerified), since)).bytes
}

function listedOf({ message, at, userId, userName, userImage, userIsBot, userPicture, ...info }: ListedRow) {
  const user = userOf({ userId, userName, userImage, userIsBot, userPicture })
  return { ...infoOf(info), message, user, at }
}

function infoOf({ id, name, type, bytes, width, height, color, alt }: InfoRow): FileInfo {
  return {
    id,
    name,
    type,
    bytes,
    ...(width !== null && { width }),
    ...(height !== null && { height }),
    ...(color !== null && { color }),
    ...(alt && { alt }),
  }
}

const pictureColumns = 'picture as hash, picture_bytes as bytes'

export const pictureSql = {
  ofUser: `select ${pictureColumns} from users where id = ? and picture is not null`,
  ofRoom: `select ${pictureColumns} from rooms where address = ? and picture is not null`,
  everyUsers: `select ${pictureColumns}, name as of from users where picture is not null order by id`,
  everyRooms: `select ${pictureColumns}, address as of from rooms where picture is not null order by id`,
}

export function* userPicture(userId: number): Rule<Picture | undefined> {
  return yield* one<Picture>(pictureSql.ofUser, userId)
}

export function* roomPicture(viewer: Viewer, room: string, at: number): Rule<Picture | undefined> {
  const mine = yield* membership(viewer.user.id, room, at)
  return mine && canView(mine, viewer) ? yield* one<Picture>(pictureSql.ofRoom, room) : undefined
}

export function* everyPicture(): Rule<OwnedPicture[]> {
  const ofUsers = yield* all<Picture & { of: string }>(pictureSql.everyUsers)
  const ofRooms = yield* all<Picture & { of: string }>(pictureSql.everyRooms)
  return [
    ...ofUsers.map((picture) => ({ type: 'user', ...picture }) as const),
    ...ofRooms.map((picture) => ({ type: 'room', ...picture }) as const),
  ]
}
