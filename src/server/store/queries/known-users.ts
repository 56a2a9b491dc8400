/** Users whom a user can know: everybody who has been in a room that the user can view. */
import type { Viewer } from '../contracts/accounts.ts'

/** A condition on `users.id`; takes `knownValues`. */
export const knownSql = `exists (
  select 1 from memberships as theirs join rooms on rooms.id = theirs.room_id
    left join memberships as mine on mine.room_id = theirs.room_id and mine.user_id = ?
  where theirs.user_id = users.id and coalesce(mine.banned_until, 0) <= ?
    and case when kind = 'public' and ? = 1 then 1
      when mine.is_member = 1 and (kind <> 'public' or mine.is_invited = 1) then ? end = 1)`

/** @param at milliseconds since 1970 */
export function knownValues({ user, isVerified, canViewPublic }: Viewer, at: number): number[] {
  return [user.id, at, Number(canViewPublic), Number(isVerified)]
}
