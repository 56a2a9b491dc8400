import { membership } from '../../../queries/membership.ts'
import {
  accessChanged,
  forbidden,
  lowerMember,
  moderatedRoom,
  refuseBlocked,
  refuseUnknown,
  serverRoleOf,
} from '../../../rules/access.ts'
import { addMembers, becameMember } from '../../../rules/memberships.ts'
import { run } from '../../../transaction.ts'
import { type ActionRule, hasChanged } from '../../action.ts'
import { record } from '../../record.ts'

/** Adds users to a room; users whom a guest adds are asked first. */
export const add: ActionRule<'add', { users: number[] }> = {
  *apply({ room, users }, context) {
    const { roomId, mine } = yield* moderatedRoom(room, context)
    const by = context.viewer.user.id
    for (const user of users) yield* refuseUnknown(user, context)
    yield* refuseBlocked(users, by)
    for (const user of users) {
      const isBanned = (yield* membership(user, room, context.at))?.isBanned
      if (isBanned) throw forbidden('Lift the ban first.')
    }
    const guest = (yield* serverRoleOf(by)) === 'guest' ? by : undefined
    const added = yield* addMembers(roomId, users, guest)
    const action = yield* record(context, { roomId, data: { users: added } })
    return { action, effects: added.map((user) => becameMember(user, room, mine.kind)) }
  },

  *undo({ room, roomId }, { users }, context) {
    if (room === null || roomId === null) throw hasChanged()
    const there: number[] = []
    for (const user of users) {
      if ((yield* membership(user, room, context.at))?.isIn) there.push(user)
    }
    if (!there.length) throw hasChanged()
    for (const user of there) yield* lowerMember(room, user, context)
    const effects = []
    for (const user of there) {
      yield* run(
        `update memberships set is_member = 0, is_invited = 0, role = 'member' where room_id = ? and user_id = ?`,
        roomId,
        user,
      )
      effects.push(yield* accessChanged(user, room, context.at))
    }
    return effects
  },
}
