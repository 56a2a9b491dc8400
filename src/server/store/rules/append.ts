/** Appends an entry to the log of a room: whether its sender may, and what follows from it. */
import type { Mentioned } from '../../../shared/mentions.ts'
import { ChatError } from '../../../shared/protocol/errors.ts'
import { limits } from '../../../shared/protocol/limits.ts'
import type { FileInfo } from '../../../shared/protocol/types.ts'
import { canActOn, canModerate } from '../../../shared/rights.ts'
import type { Effect } from '../contracts/effects.ts'
import type { Membership } from '../contracts/rooms.ts'
import { deleteMessage } from '../moderation/actions/room/delete-message.ts'
import { actionWithKey } from '../moderation/record.ts'
import { type MembershipRow, membershipOf, membershipSql } from '../queries/membership.ts'
import type { EntryColumns } from '../rows.ts'
import { all, one, only, type Rule, run } from '../transaction.ts'
import { usedKey } from './access.ts'
import { type WrittenEntry, writeEntry } from './entries.ts'
import { hashesOf, refuseUnlessKept, refuseUnlessSendable } from './files/files.ts'
import { acceptRequest } from './requests.ts'
import { forgetSaved } from './saved.ts'
import { refuseUnlessOpen, writerIn } from './writer.ts'

export interface NewEntryRow extends WrittenEntry {
  isVerified: boolean
  canViewPublic: boolean
}

export interface AppendedRow {
  id: number
  at: number
  isNew: boolean
  /** The moderation action, when a moderator deletes a message. */
  action: number | undefined
  effects: Effect[]
  /** Users whom its text mentions. */
  mentioned: Mentioned[]
  /** The files that it names. */
  files: FileInfo[] | undefined
}

interface StoredEntry extends EntryColumns {
  id: number
  room: string
  at: number
  deleted: number
}

/** The message that an entry answers or changes. */
export interface Target {
  userId: number
  data: string
  /** Null when it was sent without. */
  files: string | null
  deleted: number
}

/** Takes a user's id and a key. */
export const keySql = `
  select address as room, entries.id, type, at, data, ref, is_on as "isOn", files, deleted
  from entries join rooms on rooms.id = room_id where user_id = ? and key = ?`

/** Takes a room and the id of a message. */
export const targetSql = `
  select user_id as "userId", data, files, deleted from entries where room_id = ? and id = ? and type = 'chat'`

export function* append(entry: NewEntryRow): Rule<AppendedRow> {
  const known = yield* one<StoredEntry>(keySql, entry.userId, entry.key)
  if (known) return yield* appendedBefore(known, entry)
  const { row, writer } = yield* writerIn(entry)
  const target = entry.ref === null ? undefined : yield* targetOf(row.roomId, entry)
  const isOwnDeletion = entry.type === 'delete' && target?.userId === entry.userId
  if (!isOwnDeletion) yield* refuseUnlessOpen({ row, writer }, entry)
  if (entry.type === 'chat') refuseTooFast(writer, row.wroteAt ?? 0, entry)
  if (target) yield* refuseUnlessTheirs(row.roomId, writer, target, entry)
  if (entry.type === 'chat') yield* refuseUnlessSendable(row.roomId, entry)
  if (entry.type === 'edit') yield* refuseUnlessKept(row.roomId, entry)
  const isModeration = entry.type === 'delete' && target && !isOwnDeletion
  const action = isModeration ? yield* deleteMessage.apply(row.roomId, target, entry) : undefined
  const { id, at, mentioned, files } = yield* writeEntry(entry, entry.isVerified && canModerate(writer))
  // What a moderator deletes can come back, and with it its place in the lists of those who saved it.
  if (isOwnDeletion) yield* forgetSaved(row.roomId, entry.ref)
  if (row.slowMs > 0 && entry.type === 'chat') yield* noteWriting(row.roomId, entry)
  const mayChangeAccess = row.kind === 'direct' || writer.isRequest
  const effects = mayChangeAccess ? yield* effectsOf(row, writer, entry) : []
  return { id, at, isNew: true, action, effects, mentioned, files }
}

function* appendedBefore(known: StoredEntry, entry: NewEntryRow): Rule<AppendedRow> {
  if (!isSame(known, entry) && !(yield* isSameButForIds(known, entry))) throw usedKey()
  const action = entry.type === 'delete' ? yield* actionWithKey(entry.userId, entry.key) : undefined
  return { id: known.id, at: known.at, isNew: false, action, effects: [], mentioned: [], files: undefined }
}

/** Whether an entry is sent again. What was deleted cannot be compared any more. */
function isSame(known: StoredEntry, entry: NewEntryRow): boolean {
  return (
    ((known.data === entry.data && known.files === entry.files) || known.deleted === 1) &&
    known.room === entry.room &&
    known.type === entry.type &&
    known.ref === entry.ref &&
    known.isOn === entry.isOn
  )
}

/** A form that is sent twice uploads its files twice: the second ones have other ids, and the same bytes. */
function* isSameButForIds(known: StoredEntry, entry: NewEntryRow): Rule<boolean> {
  if (entry.type !== 'chat' || entry.files === null || known.files === null) return false
  if (!isSame(known, { ...entry, files: known.files })) return false
  const [before, now] = [yield* hashesOf(entry.userId, known.files), yield* hashesOf(entry.userId, entry.files)]
  return before.length === JSON.parse(entry.files).length && before.join() === now.join()
}

function* targetOf(roomId: number, { type, ref }: NewEntryRow): Rule<Target> {
  const target = yield* one<Target>(targetSql, roomId, ref)
  // A deleted message can still be answered: its place is kept.
  if (!target || (type !== 'chat' && target.deleted)) {
    throw new ChatError('no-such-message', 'There is no such message.')
  }
  return target
}

function refuseTooFast(writer: Membership, wroteAt: number, { at, isVerified }: NewEntryRow): void {
  const { kind, slowMs } = writer
  if (slowMs === 0 || kind === 'direct' || (isVerified && canModerate(writer))) return
  // When the clock was set back, nobody waits until it has caught up.
  const waitMs = wroteAt <= at ? wroteAt + slowMs - at : 0
  if (waitMs > 0) throw new ChatError('too-fast', 'Slow mode is on in this room.', waitMs)
}

function* refuseUnlessTheirs(roomId: number, writer: Membership, target: Target, entry: NewEntryRow): Rule<void> {
  const { type, isOn, userId } = entry
  if (target.userId !== userId) {
    const isRefused = type === 'edit' || (type === 'delete' && !(yield* canDelete(writer, target, entry)))
    if (isRefused) throw new ChatError('forbidden', 'You can only change your own messages.')
  }
  if (type === 'react' && isOn) yield* refuseManyReactions(roomId, entry)
}

function* canDelete(writer: Membership, target: Target, { room, at, isVerified }: NewEntryRow): Rule<boolean> {
  if (!isVerified || writer.kind === 'direct') return false
  const author = yield* one<MembershipRow>(membershipSql, target.userId, room)
  return author !== undefined && canActOn(writer, membershipOf(author, at))
}

function* refuseManyReactions(roomId: number, { data, ref }: NewEntryRow): Rule<void> {
  const there = yield* only<{ given: number; others: number }>(
    `select count(*) as given, count(distinct nullif(data, ?)) as others from reactions
    where room_id = ? and message_id = ?`,
    data,
    roomId,
    ref,
  )
  if (there.given >= limits.maxReactionsGiven) {
    throw new ChatError('forbidden', `A message has at most ${limits.maxReactionsGiven} reactions.`)
  }
  if (there.others >= limits.maxReactionsPerMessage) {
    throw new ChatError('forbidden', `A message has at most ${limits.maxReactionsPerMessage} different reactions.`)
  }
}

function* noteWriting(roomId: number, { userId, at }: NewEntryRow): Rule<void> {
  yield* run('update memberships set wrote_at = ? where room_id = ? and user_id = ?', at, roomId, userId)
}

/** Users who now belong to the room: a user who answers a request has accepted it. */
function* effectsOf({ roomId, kind }: MembershipRow, writer: Membership, entry: NewEntryRow): Rule<Effect[]> {
  const { room, userId, isVerified } = entry
  const hasAccepted = writer.isRequest && isVerified && (yield* acceptRequest(roomId, userId))
  const returned = kind === 'direct' && writer.serverRole !== 'guest' ? yield* bringBack(roomId) : []
  const users = hasAccepted ? [userId, ...returned] : returned
  return users.map((user) => ({ type: 'access-changed', user, room, kind, isIn: true, canView: true }))
}

/**
 * Leaving a direct conversation closes it until somebody writes again. Guests do not bring others back: a guest could do so with a new
 * name each time. Nobody brings back a user who has declined.
 */
function* bringBack(roomId: number): Rule<number[]> {
  const back = yield* all<{ userId: number }>(
    `update memberships set is_member = 1 where room_id = ? and is_member = 0 and is_request = 0
    returning user_id as "userId"`,
    roomId,
  )
  return back.map(({ userId }) => userId).sort((a, b) => a - b)
}
