import type { Effect } from '../../../contracts/effects.ts'
import {
  type Acting,
  accessChanged,
  lowerMember,
  moderatedRoom,
  type StoredMembership,
  storedMembership,
} from '../../../rules/access.ts'
import { type Rule, run } from '../../../transaction.ts'
import { type ActionContext, type Applied, type AuditRow, hasChanged, targetOf } from '../../action.ts'
import { banNotice } from '../../ban-notice.ts'
import { record } from '../../record.ts'
import { hasRemoved } from '../room/delete-message.ts'

/** What the audit log has of it. */
export interface RoomBan {
  until: number
  before: StoredMembership
  /** From when on their messages were deleted with the ban; milliseconds since 1970. */
  removedSince?: number
}

export function* banFromRoom(
  { room, user, until, removeSince }: { room: string; user: number; until: number; removeSince?: number | undefined },
  context: ActionContext,
): Rule<Applied> {
  const { roomId } = yield* moderatedRoom(room, context)
  yield* lowerMember(room, user, context)
  const { isIn, isInvited, role, bannedUntil } = yield* storedMembership(roomId, user)
  const isOut = until > context.at
  yield* run(
    'update memberships set banned_until = ?, is_member = ?, role = ? where room_id = ? and user_id = ?',
    until,
    isOut ? 0 : isIn,
    isOut ? 'member' : role,
    roomId,
    user,
  )
  const givesBack = role === 'moderator' || isInvited === 1
  const data = { until, before: { isIn, role, bannedUntil }, removedSince: removeSince }
  const action = yield* record(context, { user, roomId, data, givesBack })
  const changed = yield* accessChanged(user, room, context.at)
  // Before the room says that the user has left it.
  return { action, effects: isOut ? [yield* banNotice({ user, until, room, roomId }, context), changed] : [changed] }
}

/** Undoing the lifting of a ban puts the ban into force again. */
export function* unbanFromRoom(record: AuditRow, { until, before }: RoomBan, context: Acting): Rule<Effect[]> {
  const { user, roomId, room } = targetOf(record)
  yield* lowerMember(room, user, context)
  const isOut = (before.bannedUntil ?? 0) > context.at
  const isBack = yield* run(
    `update memberships set banned_until = ?, is_member = case when ? = 1 then 0 else {greatest}(is_member, ?) end, role = ?
    where room_id = ? and user_id = ? and banned_until = ?`,
    before.bannedUntil,
    Number(isOut),
    before.isIn,
    before.role,
    roomId,
    user,
    until,
  )
  // The ban was changed since. What was deleted with it can come back nevertheless.
  if (!isBack && (yield* hasRemoved(record.id))) return []
  if (!isBack) throw hasChanged()
  return [yield* accessChanged(user, room, context.at)]
}
