import type { Effect } from '../contracts/effects.ts'
import type { Acting } from '../rules/access.ts'
import { userWithId } from '../rules/users.ts'
import { all, type Rule } from '../transaction.ts'

interface Ban {
  user: number
  until: number
  room?: string
  roomId?: number
}

/** Tells the moderators that the user was banned. Others see only that the user has left: a ban is no public punishment. */
export function* banNotice({ user: id, until, room, roomId }: Ban, { viewer }: Acting): Rule<Effect> {
  const user = yield* userWithId(id)
  const by = yield* userWithId(viewer.user.id)
  const moderators =
    roomId === undefined
      ? []
      : yield* all<{ id: number }>(
          `select user_id as id from memberships where room_id = ? and role = 'moderator' and is_member = 1`,
          roomId,
        )
  const ids = moderators.map((moderator) => moderator.id)
  return { type: 'ban-notice', ...(room !== undefined && { room }), user, by, until, moderators: ids }
}
