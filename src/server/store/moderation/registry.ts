/** Every moderation action, by its type. */
import type { ModerationActionType } from '../../../shared/protocol/types.ts'
import type { ModerationAction } from '../contracts/moderation.ts'
import type { AnyActionRule } from './action.ts'
import { addBot } from './actions/bots/add-bot.ts'
import { addHook } from './actions/bots/add-hook.ts'
import { addOutgoingHook } from './actions/bots/add-outgoing-hook.ts'
import { botToken } from './actions/bots/bot-token.ts'
import { changeOutgoingHook } from './actions/bots/change-outgoing-hook.ts'
import { revokeHook } from './actions/bots/revoke-hook.ts'
import { accept } from './actions/room/accept.ts'
import { add } from './actions/room/add.ts'
import { changeRoom } from './actions/room/change-room.ts'
import { deleteMessage } from './actions/room/delete-message.ts'
import { deleteRoom } from './actions/room/delete-room.ts'
import { invite } from './actions/room/invite.ts'
import { kick } from './actions/room/kick.ts'
import { leave } from './actions/room/leave.ts'
import { mute } from './actions/room/mute.ts'
import { picture } from './actions/room/picture.ts'
import { pin } from './actions/room/pin.ts'
import { revoke } from './actions/room/revoke.ts'
import { unreact } from './actions/room/unreact.ts'
import { banRange } from './actions/server/ban-range.ts'
import { changeServerSettings } from './actions/server/server-settings.ts'
import { ban } from './actions/user/ban.ts'
import { block } from './actions/user/block.ts'
import { forgetDevices } from './actions/user/forget-devices.ts'
import { passwordLink } from './actions/user/password-link.ts'
import { purge } from './actions/user/purge.ts'
import { role } from './actions/user/role.ts'

/** What `moderate` applies, besides `undo`, which works on these. */
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
  change: changeRoom,
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

/** How an action of the audit log proceeds and is undone. A message is deleted by an entry: see `append`. */
export const recordedActions: Record<Exclude<ModerationActionType, 'undo'>, Pick<AnyActionRule, 'proceed' | 'undo'>> = {
  ...actions,
  delete: deleteMessage,
}
