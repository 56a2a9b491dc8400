/** Every moderation action, by its type. */
import type { ModerationActionType } from '../../../shared/protocol.ts'
import type { ModerationAction } from '../contracts/moderation.ts'
import { accept } from './accept.ts'
import type { AnyActionRule } from './action.ts'
import { add } from './add.ts'
import { ban } from './ban.ts'
import { banRange } from './ban-range.ts'
import { block } from './block.ts'
import { change } from './change.ts'
import { restoreMessages } from './delete-message.ts'
import { deleteRoom } from './delete-room.ts'
import { invite } from './invite.ts'
import { kick } from './kick.ts'
import { leave } from './leave.ts'
import { mute } from './mute.ts'
import { passwordLink } from './password-link.ts'
import { purge } from './purge.ts'
import { revoke } from './revoke.ts'
import { role } from './role.ts'
import { unreact } from './unreact.ts'

/** `undo` is not among them: it works on these. */
export const actions: Record<Exclude<ModerationAction['type'], 'undo'>, AnyActionRule> = {
  kick,
  mute,
  ban,
  'ban-range': banRange,
  role,
  unreact,
  'delete-room': deleteRoom,
  purge,
  change,
  add,
  accept,
  leave,
  block,
  invite,
  revoke,
  link: passwordLink,
}

/** How a record of the audit log is undone; undefined when it cannot be. */
export function undoOf(type: ModerationActionType): AnyActionRule['undo'] {
  if (type === 'undo') return undefined
  return type === 'delete' ? restoreMessages.undo : actions[type].undo
}
