import { accessChanged, lowerMember, moderatedRoom, storedMembership } from '../../../rules/access.ts'
import { run } from '../../../transaction.ts'
import { type ActionRule, hasChanged, targetOf } from '../../action.ts'
import { record } from '../../record.ts'

export const mute: ActionRule<'mute', { until: number; before: number | null }> = {
  *apply({ room, user, until }, context) {
    const { roomId } = yield* moderatedRoom(room, context)
    yield* lowerMember(room, user, context)
    const { mutedUntil } = yield* storedMembership(roomId, user)
    yield* run('update memberships set muted_until = ? where room_id = ? and user_id = ?', until, roomId, user)
    const action = yield* record(context, { user, roomId, data: { until, before: mutedUntil } })
    return { action, effects: [yield* accessChanged(user, room, context.at)] }
  },

  *undo(record, { until, before }, context) {
    const { user, roomId, room } = targetOf(record)
    yield* lowerMember(room, user, context)
    const isBack = yield* run(
      'update memberships set muted_until = ? where room_id = ? and user_id = ? and muted_until = ?',
      before,
      roomId,
      user,
      until,
    )
    if (!isBack) throw hasChanged()
    return [yield* accessChanged(user, room, context.at)]
  },
}
