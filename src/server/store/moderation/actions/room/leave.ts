import { accessChanged, viewableRoom } from '../../../rules/access.ts'
import { run } from '../../../transaction.ts'
import type { ActionRule } from '../../action.ts'

/**
 * Leaves a room. Not recorded: it concerns only the user. An unverified session, which may be anybody who typed a guest's name,
 * does not take that guest out of the room.
 */
export const leave: ActionRule<'leave'> = {
  *apply({ room }, context) {
    const { viewer, at } = context
    yield* viewableRoom(room, context)
    if (!viewer.isVerified) return { action: undefined, effects: [] }
    yield* run(
      `insert into memberships (user_id, room_id, read_to, is_member) select ?, id, last, 0 from rooms where address = ?
      on conflict (user_id, room_id) do update set is_member = 0, role = 'member'`,
      viewer.user.id,
      room,
    )
    return { action: undefined, effects: [yield* accessChanged(viewer.user.id, room, at)] }
  },
}
