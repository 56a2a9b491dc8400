/** Whether a user may write in a room. */
import { ChatError } from '../../../shared/protocol/errors.ts'
import { canModerate, canView, closedTo, type ViewerAccess } from '../../../shared/rights.ts'
import type { Membership } from '../contracts/rooms.ts'
import { type MembershipRow, membershipOf, membershipSql } from '../queries/membership.ts'
import { one, type Rule } from '../transaction.ts'
import { refuseBlockedIn } from './access.ts'
import { refuseUnlessAccepted } from './requests.ts'

/** The user who wants to write, the room and the time. */
export interface Writing extends ViewerAccess {
  room: string
  userId: number
  at: number
}

export interface Writer {
  row: MembershipRow
  writer: Membership
}

/** @throws ChatError `no-such-room`, `not-in-room` */
export function* writerIn(writing: Writing): Rule<Writer> {
  const row = yield* one<MembershipRow>(membershipSql, writing.userId, writing.room)
  if (!row) throw noSuchRoom()
  const writer = membershipOf(row, writing.at)
  if (!canView(writer, writing)) throw noSuchRoom()
  // The user was removed, or left, while this was on its way. An unverified session is no member: it writes where all may.
  if (writing.isVerified && writer.readTo !== undefined && !writer.isIn)
    throw new ChatError('not-in-room', 'Open the room first.')
  return { row, writer }
}

/** @throws ChatError `read-only`, `muted`, and in a room that is not public `forbidden` and `not-accepted` */
export function* refuseUnlessOpen({ row, writer }: Writer, { at, userId, isVerified }: Writing): Rule<void> {
  const why = closedTo(writer, isVerified && canModerate(writer), at)
  if (why === 'archived') throw new ChatError('read-only', 'The room is archived.')
  if (why === 'muted') throw new ChatError('muted', 'You are muted in this room.', writer.mutedUntil - at)
  if (why) throw new ChatError('read-only', 'Only moderators can post here.')
  if (row.kind !== 'public') yield* refuseUnlessWelcome(row, writer, userId)
}

/** By the others in a room that is not public. */
function* refuseUnlessWelcome({ roomId, kind }: MembershipRow, writer: Membership, userId: number): Rule<void> {
  if (kind === 'direct') yield* refuseBlockedIn(roomId, userId)
  if (!writer.isRequest) yield* refuseUnlessAccepted(roomId, userId)
}

function noSuchRoom(): ChatError {
  return new ChatError('no-such-room', 'There is no such room.')
}
