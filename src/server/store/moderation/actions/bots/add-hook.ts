import { requireAdmin, viewableRoom } from '../../../rules/access.ts'
import { createHook } from '../../../rules/bots.ts'
import type { ActionRule } from '../../action.ts'
import { record } from '../../record.ts'

/** Creates a webhook for a room that the admin can view. */
export const addHook: ActionRule<'add-hook'> = {
  *apply({ hook }, context) {
    yield* requireAdmin(context)
    yield* viewableRoom(hook.room, context)
    const { user, ended, roomId, id } = yield* createHook(hook, context.at)
    const action = yield* record(context, { user: user.id, roomId, data: { hook: id } })
    return { action, effects: [{ type: 'sessions-ended', ended }] }
  },
}
