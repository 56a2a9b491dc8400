/** Gives a user a role: in a room, or on the server. */
import type { RoomRole, ServerRole } from '../../../../../shared/protocol/types.ts'
import type { Effect } from '../../../contracts/effects.ts'
import {
  type Acting,
  accessChanged,
  forbidden,
  lowerMember,
  lowerUser,
  memberOf,
  moderatedRoom,
  requireAdmin,
} from '../../../rules/access.ts'
import { refuseBot } from '../../../rules/bots.ts'
import { type Rule, run } from '../../../transaction.ts'
import { type ActionContext, type ActionRule, type Applied, type AuditRow, hasChanged, targetOf } from '../../action.ts'
import { record } from '../../record.ts'

interface RoleChange<Role> {
  role: Role
  before: Role
}

export const role: ActionRule<'role', RoleChange<RoomRole> | RoleChange<ServerRole>> = {
  *apply({ room, user, role }, context) {
    return yield* room === undefined ? changeServerRole(user, role, context) : changeRoomRole(room, user, role, context)
  },

  *undo(record, data, context) {
    return yield* record.roomId === null
      ? restoreServerRole(record, data as RoleChange<ServerRole>, context)
      : restoreRoomRole(record, data as RoleChange<RoomRole>, context)
  },
}

function* changeRoomRole(room: string, user: number, role: string, context: ActionContext): Rule<Applied> {
  const { roomId } = yield* moderatedRoom(room, context)
  if (role !== 'member' && role !== 'moderator') throw forbidden('A room role is "member" or "moderator".')
  const isResigning = user === context.viewer.user.id && role === 'member'
  const theirs = yield* isResigning ? memberOf(room, user, context.at) : lowerMember(room, user, context)
  if (role === 'moderator' && !theirs.isIn) throw forbidden('They have to be in the room.')
  yield* run('update memberships set role = ? where room_id = ? and user_id = ?', role, roomId, user)
  const givesBack = theirs.role === 'moderator'
  const action = yield* record(context, { user, roomId, data: { role, before: theirs.role }, givesBack })
  return { action, effects: [yield* accessChanged(user, room, context.at)] }
}

/** The moderator who gave the role may take it back. For all others a moderator's role is not lower than their own. */
function* restoreRoomRole(record: AuditRow, { role, before }: RoleChange<RoomRole>, context: Acting): Rule<Effect[]> {
  const { user, roomId, room } = targetOf(record)
  if (record.actor !== context.viewer.user.id) yield* lowerMember(room, user, context)
  const isBack = yield* run(
    'update memberships set role = ? where room_id = ? and user_id = ? and role = ? and is_member = 1',
    before,
    roomId,
    user,
    role,
  )
  if (!isBack) throw hasChanged()
  return [yield* accessChanged(user, room, context.at)]
}

function* changeServerRole(user: number, role: string, context: ActionContext): Rule<Applied> {
  if (role !== 'member' && role !== 'admin') throw forbidden('A server role can be set to "member" or "admin".')
  yield* requireOwner(context)
  const { serverRole: before } = yield* lowerUser(user, context)
  yield* refuseBot(user)
  if (before === 'guest') throw forbidden('A guest has to set a password first.')
  yield* run('update users set role = ? where id = ?', role, user)
  const action = yield* record(context, { user, data: { role, before } })
  return { action, effects: [{ type: 'role', user, role }] }
}

function* restoreServerRole(
  { user }: AuditRow,
  { role, before }: RoleChange<ServerRole>,
  context: Acting,
): Rule<Effect[]> {
  yield* requireOwner(context)
  // The owner became so by a link, and had no role before.
  if (before !== 'member' && before !== 'admin') throw forbidden('This cannot be undone.')
  const isBack = yield* run('update users set role = ? where id = ? and role = ?', before, user, role)
  if (!isBack || user === null) throw hasChanged()
  return [{ type: 'role', user, role: before }]
}

function* requireOwner(context: Acting): Rule<void> {
  if ((yield* requireAdmin(context)) !== 'owner') throw forbidden('Only the owner makes admins.')
}
