/** What users say of themselves. */
import type { Status } from '../../../shared/protocol/types.ts'
import type { Effect } from '../contracts/effects.ts'
import { all, one, type Rule, run } from '../transaction.ts'

/** @returns the rooms in which it shows */
export function* setStatus(userId: number, status: Status | undefined, at: number): Rule<string[]> {
  yield* run('update users set status = ? where id = ?', status ? JSON.stringify(status) : null, userId)
  const rooms = yield* all<{ address: string }>(
    `select address from memberships join rooms on rooms.id = room_id
    where user_id = ? and is_member = 1 and is_request = 0 and coalesce(banned_until, 0) <= ? and deleted_kind is null
    order by room_id`,
    userId,
    at,
  )
  return rooms.map(({ address }) => address)
}

/** Clears the status of a user who is banned from the server or purged: they cannot do it. Others are told if there was one. */
export function* clearStatus(userId: number, at: number): Rule<Effect[]> {
  if (!(yield* one('select 1 from users where id = ? and status is not null', userId))) return []
  return [{ type: 'status', user: userId, status: undefined, rooms: yield* setStatus(userId, undefined, at) }]
}
