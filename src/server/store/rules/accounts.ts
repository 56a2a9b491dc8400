import { ChatError } from '../../../shared/protocol/errors.ts'
import type { User } from '../../../shared/protocol/types.ts'
import type { Picture } from '../contracts/pictures.ts'
import type { EndedSession, KeptSession } from '../contracts/sessions.ts'
import { forgetNotificationsOf } from '../notifications/forget.ts'
import { dropUnverifiedMail } from '../notifications/settings.ts'
import { type UserColumns, userColumns, userOf } from '../rows.ts'
import { all, one, type Rule, run } from '../transaction.ts'
import { forgetDevicesOf } from './known-devices.ts'
import { endSession } from './sessions.ts'
import { openUser, refuseClaimed, userRow } from './users.ts'

export interface NewPassword {
  userId: number
  skeleton: string
  hash: string
  keep?: KeptSession | undefined
}

/** @param image the number of a drawing, or `noDrawing` */
export function* setImage(userId: number, image: number): Rule<void> {
  yield* run('update users set image = ? where id = ?', image, userId)
}

export function* setUserPicture(userId: number, picture: Picture | undefined): Rule<void> {
  yield* run(
    'update users set picture = ?, picture_bytes = ? where id = ?',
    picture?.hash ?? null,
    picture?.bytes ?? null,
    userId,
  )
}

export function* openGuest(name: string, skeleton: string, at: number): Rule<User> {
  yield* refuseClaimed(skeleton, undefined)
  return yield* openUser(name, skeleton, at)
}

/** Every password link of the user is used up by it. */
export function* setPassword({ userId, skeleton, hash, keep }: NewPassword): Rule<EndedSession[]> {
  // An account keeps its name, whatever skeleton it was stored with.
  const isClaim = (yield* userRow(userId)).role === 'guest'
  if (isClaim) yield* refuseClaimed(skeleton, userId)
  if (keep) yield* refuseOutdated(userId, keep)
  // A user who claims the name by a link need not be the one who had it until now.
  else if (isClaim) yield* forgetNotificationsOf(userId)
  yield* run(
    `update users set password_hash = ?, skeleton = case role when 'guest' then ? else skeleton end,
      role = case role when 'guest' then 'member' else role end
    where id = ?`,
    hash,
    skeleton,
    userId,
  )
  const ended = yield* endOthers(userId, skeleton, keep?.session ?? 0)
  if (keep) {
    const sql = 'update sessions set is_verified = 1, token_hash = coalesce(?, token_hash) where id = ? and user_id = ?'
    yield* run(sql, keep.tokenHash ?? null, keep.session, userId)
  }
  yield* run(`delete from links where type = 'password' and user_id = ?`, userId)
  yield* forgetDevicesOf(userId)
  yield* dropUnverifiedMail(userId)
  return ended
}

/** Ends the user's sessions on other devices, and those of guests who would now pass for the user. */
export function* endOthers(userId: number, skeleton: string, kept: number): Rule<EndedSession[]> {
  const others = yield* all<UserColumns & { session: number }>(
    `select ${userColumns()}, sessions.id as session from sessions join users on users.id = user_id
    where sessions.id <> ? and (user_id = ? or (skeleton = ? and role = 'guest'))
    order by sessions.id`,
    kept,
    userId,
    skeleton,
  )
  for (const { userId: id, session } of others) yield* endSession(id, session)
  return others.map(({ session, ...user }) => ({ user: userOf(user), session }))
}

/**
 * Hashing takes a while, in which the session may have been ended, or the password changed, by the owner of a stolen session.
 * Where there was no password the session is all that says who asks.
 */
function* refuseOutdated(userId: number, { session, oldHash }: KeptSession): Rule<void> {
  const stands = yield* one(
    `select 1 from sessions join users on users.id = user_id
    where sessions.id = ? and user_id = ? and password_hash is not distinct from ?
      and (password_hash is not null or is_verified = 1)`,
    session,
    userId,
    oldHash ?? null,
  )
  if (!stands) throw new ChatError('forbidden', 'This has changed meanwhile.')
}
