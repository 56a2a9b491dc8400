/** What a user learns of another on their page. */
import { toMinute } from '../../../shared/durations.ts'
import type { ServerRole } from '../../../shared/protocol/types.ts'
import type { Profile } from '../contracts/accounts.ts'
import { statusOf } from '../rows.ts'
import { one, type Rule } from '../transaction.ts'

/** Takes the viewer twice, the user, the viewer and the time twice. */
export const profileSql = `
  select role, status,
    case when hides_seen = 0 and (select hides_seen from users as viewers where viewers.id = ?) = 0
      and not exists (select 1 from blocks where blocks.user_id = users.id and blocked_id = ?)
      then last_seen_at else 0 end as "seenAt"
  from users where id = ? and exists (
    select 1 from memberships as mine join memberships as theirs on theirs.room_id = mine.room_id
    where mine.user_id = ? and theirs.user_id = users.id
      and mine.is_member = 1 and mine.is_request = 0 and coalesce(mine.banned_until, 0) <= ?
      and theirs.is_member = 1 and theirs.is_request = 0 and coalesce(theirs.banned_until, 0) <= ?)`

interface ProfileRow {
  role: ServerRole
  status: string | null
  seenAt: number
}

export function* profile(viewer: number, user: number): Rule<Profile | undefined> {
  const now = Date.now()
  const row = yield* one<ProfileRow>(profileSql, viewer, viewer, user, viewer, now, now)
  if (!row) return undefined
  const { role, status, seenAt } = row
  return { role, status: statusOf(status, now), seenAt: seenAt ? toMinute(Math.min(seenAt, now)) : undefined }
}
