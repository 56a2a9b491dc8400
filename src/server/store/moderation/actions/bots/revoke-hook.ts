import { forbidden, requireAdmin } from '../../../rules/access.ts'
import { one, type Rule } from '../../../transaction.ts'
import type { ActionRule } from '../../action.ts'
import { record } from '../../record.ts'

/** Revokes a webhook; also one for a room that the admin cannot view, since it is theirs to say what may write here. */
export const revokeHook: ActionRule<'revoke-hook'> = {
  *apply({ id }, context) {
    yield* requireAdmin(context)
    const hook = yield* takeHook(id)
    if (!hook) throw forbidden('There is no such webhook.')
    const { user, roomId } = hook
    return { action: yield* record(context, { user, roomId, data: { hook: id } }), effects: [] }
  },
}

function* takeHook(id: number): Rule<{ user: number; roomId: number } | undefined> {
  return yield* one<{ user: number; roomId: number }>(
    'delete from hooks where id = ? returning user_id as "user", room_id as "roomId"',
    id,
  )
}
