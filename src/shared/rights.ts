/** Who may do what. The store decides by it, and the page shows by it what can be done. */
import type { RoomKind, RoomRole, ServerRole } from './protocol.ts'

/** How a user stands in a room, or in the house if nothing of a room is said. */
export interface Roles {
  serverRole: ServerRole
  role?: RoomRole | undefined
  /** Whether he made the room: other moderators have it from him. */
  isCreator?: boolean
}

/** Who looks: the user of a session, and how far that session is believed. */
export interface ViewerAccess {
  /** Whether it is proven that he is who he says: by a password, a link, or the cookie that made the name. */
  isVerified: boolean
  /** Whether he may come into public rooms by himself: guests may not where the operator lets none in. */
  canViewPublic: boolean
}

export interface RoomAccess {
  kind: RoomKind
  /** Belongs to it: opened it or was brought in, and has not left since. */
  isIn: boolean
  isInvited: boolean
  isBanned: boolean
}

const moderator = 2
const creator = 3
const ranks: Readonly<Record<ServerRole, number>> = { guest: 0, member: 1, admin: 4, owner: 5 }

/** One number for all roles: who has more may act on whoever has less. */
export function rankOf({ serverRole, role, isCreator }: Roles): number {
  const inRoom = role !== 'moderator' ? 0 : isCreator ? creator : moderator
  return Math.max(ranks[serverRole], inRoom)
}

/** Whether he keeps order in the room: changes it, invites, puts people out, writes where others may not. */
export function canModerate(position: Roles): boolean {
  return rankOf(position) >= moderator
}

/** Whether he keeps order in the whole house. */
export function isAdmin(serverRole: ServerRole): boolean {
  return ranks[serverRole] >= ranks.admin
}

/** Whether one may put the other out, mute or ban him, take away what he wrote or change what he may. */
export function canActOn(position: Roles, other: Roles): boolean {
  return canModerate(position) && rankOf(position) > rankOf(other)
}

/** A room that one may not see does not exist for him. */
export function canView(
  { kind, isIn, isInvited, isBanned }: RoomAccess,
  { isVerified, canViewPublic }: ViewerAccess,
): boolean {
  if (isBanned) return false
  if (kind === 'public') return canViewPublic || (isIn && isInvited && isVerified)
  return isIn && isVerified
}

/** What of a room may be in the way of writing there. */
export interface Closable {
  kind?: RoomKind
  archived?: boolean
  readOnly?: boolean
  /** For whoever writes, in milliseconds since 1970. */
  mutedUntil?: number
}

/**
 * Why nothing can be written there, whatever it is.
 * @param isKeeper whether the writer keeps order there @param now milliseconds since 1970
 */
export function closedTo(
  { kind, archived, readOnly, mutedUntil = 0 }: Closable,
  isKeeper: boolean,
  now: number,
): 'archived' | 'muted' | 'read-only' | undefined {
  if (archived) return 'archived'
  if (mutedUntil > now) return 'muted'
  return readOnly && kind !== 'direct' && !isKeeper ? 'read-only' : undefined
}
