import { requireAdmin, viewableRoom } from '../../../rules/access.ts'
import { createOutgoingHook } from '../../../rules/outgoing.ts'
import type { ActionRule } from '../../action.ts'
import { record } from '../../record.ts'

/** Creates a webhook that follows rooms which the admin can view. */
export const addOutgoingHook: ActionRule<'add-outgoing-hook'> = {
  *apply({ hook }, context) {
    yield* requireAdmin(context)
    for (const room of hook.rooms) yield* viewableRoom(room, context)
    const { user, ended, id } = yield* createOutgoingHook(hook, context.viewer.user.id, context.at)
    const { kind, command } = hook
    // The rest of an address is often a secret.
    const data = { hook: id, kind, ...(command !== undefined && { command }), to: new URL(hook.url).origin }
    const action = yield* record(context, { user: user.id, data })
    return { action, effects: [{ type: 'sessions-ended', ended }, { type: 'outgoing-hooks' }] }
  },
}
