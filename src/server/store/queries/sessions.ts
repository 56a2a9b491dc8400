import type { ServerRole } from '../../../shared/protocol/types.ts'
import type { ListedSession, StoredSession } from '../contracts/sessions.ts'
import { type UserColumns, userColumns, userOf } from '../rows.ts'
import { all, one, type Rule } from '../transaction.ts'

export const sessionSql = {
  session: `
    select sessions.id, started_at as "startedAt", seen_at as "seenAt", is_verified as "isVerified", users.role,
      ${userColumns()}
    from sessions join users on users.id = user_id where token_hash = ?`,
  sessions: `
    select id, started_at as "startedAt", seen_at as "seenAt", is_verified as "isVerified", agent, address
    from sessions where user_id = ?`,
}

interface SessionRow extends UserColumns {
  id: number
  role: ServerRole
  isVerified: number
  startedAt: number
  seenAt: number
}

export function* session(tokenHash: Uint8Array): Rule<StoredSession | undefined> {
  const found = yield* one<SessionRow>(sessionSql.session, tokenHash)
  if (!found) return undefined
  const { id, role, isVerified, startedAt, seenAt } = found
  return { id, user: userOf(found), role, isVerified: isVerified === 1, startedAt, seenAt }
}

/** The one that was seen last comes first. */
export function* sessionsOf(userId: number): Rule<ListedSession[]> {
  const found = yield* all<Omit<ListedSession, 'isVerified'> & { isVerified: number }>(sessionSql.sessions, userId)
  return found
    .map(({ isVerified, ...listed }) => ({ ...listed, isVerified: isVerified === 1 }))
    .sort((a, b) => b.seenAt - a.seenAt || b.id - a.id)
}
