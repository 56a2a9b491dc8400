import { forbidden, lowerUser } from '../../../rules/access.ts'
import { forgetDevicesOf } from '../../../rules/known-devices.ts'
import { endSessionsOf } from '../../../rules/sessions.ts'
import type { ActionRule } from '../../action.ts'
import { record } from '../../record.ts'

/** Signs a guest out everywhere and forgets the browsers that could prove the name. */
export const forgetDevices: ActionRule<'forget-devices'> = {
  *apply({ user }, context) {
    const { serverRole } = yield* lowerUser(user, context)
    if (serverRole !== 'guest') throw forbidden('Only guests have known devices.')
    yield* forgetDevicesOf(user)
    const ended = yield* endSessionsOf(user)
    return { action: yield* record(context, { user, data: {} }), effects: [{ type: 'sessions-ended', ended }] }
  },
}
