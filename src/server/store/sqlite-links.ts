/** One-time links: they count only as long as whoever made them could make them. */
import { canActOn, canModerate, canView } from '../../shared/rights.ts'
import { rightsIn } from './sqlite-rights.ts'
import type { Rows } from './sqlite-rows.ts'
import type { LinkType } from './store.ts'

/** What of a link says whether it counts. */
export interface MadeLink {
  type: LinkType
  /** Null for the operator at his command line. */
  byId: number | null
  userId: number | null
  /** Its address. */
  room: string | null
}

/** A moderator who was put out must not come back by a link of his own, nor an admin that was one take over an account. */
export function stillCounts(one: Rows['one'], { type, byId, userId, room }: MadeLink, at: number): boolean {
  const { standing, roleOf, isBannedFromHouse } = rightsIn({ one })
  if (byId === null) return true
  if (isBannedFromHouse(byId, at)) return false
  if (type === 'password')
    return userId !== null && canActOn({ serverRole: roleOf(byId) }, { serverRole: roleOf(userId) })
  const creator = room === null ? undefined : standing(byId, room, at)
  return creator !== undefined && canView(creator, { isVerified: true, canViewPublic: true }) && canModerate(creator)
}
