import {
  accessChanged,
  lowerMember,
  moderatedRoom,
  type StoredMembership,
  storedMembership,
} from '../../../rules/access.ts'
import { run } from '../../../transaction.ts'
import { type ActionRule, hasChanged, targetOf } from '../../action.ts'
import { record } from '../../record.ts'

/** A user who is added again later is an ordinary member: a link makes no moderator. */
export const kick: ActionRule<'kick', { before: StoredMembership }> = {
  *apply({ room, user }, context) {
    const { roomId } = yield* moderatedRoom(room, context)
    yield* lowerMember(room, user, context)
    const { isIn, isInvited, role } = yield* storedMembership(roomId, user)
    yield* run(
      `update memberships set is_member = 0, is_invited = 0, role = 'member' where room_id = ? and user_id = ?`,
      roomId,
      user,
    )
    const givesBack = role === 'moderator' || isInvited === 1
    const data = { before: { isIn, isInvited, role } }
    const action = yield* record(context, { user, roomId, data, givesBack })
    return { action, effects: [yield* accessChanged(user, room, context.at)] }
  },

  *undo(record, { before }, context) {
    const { user, roomId, room } = targetOf(record)
    yield* lowerMember(room, user, context)
    const isBack = yield* run(
      `update memberships set is_member = ?, is_invited = ?, role = ?
      where room_id = ? and user_id = ? and is_member = 0 and coalesce(banned_until, 0) <= ?`,
      before.isIn,
      before.isInvited,
      before.role,
      roomId,
      user,
      context.at,
    )
    if (!isBack) throw hasChanged()
    return [yield* accessChanged(user, room, context.at)]
  },
}
