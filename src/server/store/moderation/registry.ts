/** Every moderation action, by its type. */
import type { ModerationActionType } from '../../../shared/protocol/types.ts'
import type { ModerationAction } from '../contracts/moderation.ts'
import type { AnyActionRule } from './action.ts'
import { accept } from './actions/accept.ts'
import { add } from './actions/add.ts'
import { ban } from './actions/ban.ts'
import { banRange } from './actions/ban-range.ts'
import { block } from './actions/block.ts'
import { change } from './actions/change.ts'
import { restoreMessages } from './actions/delete-message.ts'
import { deleteRoom } from './actions/delete-room.ts'
import { forgetDevices } from './actions/forget-devices.ts'
import { invite } from './actions/invite.ts'
import { kick } from './actions/kick.ts'
import { leave } from './actions/leave.ts'
import { mute } from './actions/mute.ts'
import { passwordLink } from './actions/password-link.ts'
import { purge } from './actions/purge.ts'
import { revoke } from './actions/revoke.ts'
import { role } from './actions/role.ts'
import { unreact } from './actions/unreact.ts'
import { addBot, addHook, botToken, revokeHook } from './bots.ts'
import { addOutgoingHook, changeOutgoingHook } from './outgoing.ts'
import { picture } from './picture.ts'
import { pin } from './pin.ts'
import { changeServerSettings } from './server-settings.ts'

/** `undo` is not among them: it works on these. */
export const actions: Record<Exclude<ModerationAction['type'], 'undo'>, AnyActionRule> = {
  kick,
  mute,
  ban,
  'ban-range': banRange,
  role,
  unreact,
  pin,
  picture,
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
  'forget-devices': forgetDevices,
  settings: changeServerSettings,
  'add-bot': addBot,
  'bot-token': botToken,
  'add-hook': addHook,
  'revoke-hook': revokeHook,
  'add-outgoing-hook': addOutgoingHook,
  'change-outgoing-hook': changeOutgoingHook,
}

/** How a record of the audit log is undone; undefined when it cannot be. */
export function undoOf(type: ModerationActionType): AnyActionRule['undo'] {
  if (type === 'undo') return undefined
  return type === 'delete' ? restoreMessages.undo : actions[type].undo
}
