import { forbidden, moderatedRoom } from '../../../rules/access.ts'
import { run } from '../../../transaction.ts'
import type { ActionRule } from '../../action.ts'
import { record } from '../../record.ts'

/** Revokes an invitation to a room. */
export const revoke: ActionRule<'revoke'> = {
  *apply({ room, id }, context) {
    const { roomId } = yield* moderatedRoom(room, context)
    const isRevoked = yield* run(`delete from links where id = ? and room_id = ? and type = 'invite'`, id, roomId)
    if (!isRevoked) throw forbidden('There is no such invitation.')
    return { action: yield* record(context, { roomId, data: { invite: id } }), effects: [] }
  },
}
