import { moderatedRoom } from '../../../rules/access.ts'
import { createLink } from '../../../rules/links.ts'
import { run } from '../../../transaction.ts'
import { type ActionRule, hasChanged } from '../../action.ts'
import { record } from '../../record.ts'

/** Creates an invitation to a room. */
export const invite: ActionRule<'invite', { invite: number }> = {
  *apply({ room, tokenHash, uses, expiresAt }, context) {
    const { roomId } = yield* moderatedRoom(room, context)
    const by = context.viewer.user.id
    const id = yield* createLink({ tokenHash, type: 'invite', room, uses, expiresAt, by, at: context.at })
    const action = yield* record(context, { roomId, data: { invite: id, uses, expiresAt } })
    return { action, effects: [{ type: 'invited', id }] }
  },

  *undo(_, data) {
    if ((yield* run('delete from links where id = ?', data.invite)) === 0) throw hasChanged()
    return []
  },
}
