/** Rights. The store checks them, and the page shows what they allow. */
import { limits } from './protocol/limits.ts'
import type { RoomKind, RoomRole, ServerRole } from './protocol/types.ts'

/** The roles of a user: on the server, and in a room if there is one. */
export interface Roles {
  serverRole: ServerRole
  role?: RoomRole | undefined
  /** Whether the user created the room: the other moderators were appointed. */
  isCreator?: boolean
}

/** The viewer's side of access: what their session may view. */
export interface ViewerAccess {
  /** Whether the user is known to be who they say: by a password, a link, or the cookie that made the name. */
  isVerified: boolean
  /** Whether the user may view public rooms: with `GUESTS=off` guests may not. */
  canViewPublic: boolean
}

export interface RoomAccess {
  kind: RoomKind
  /** Belongs to it: opened it or was added, and has not left since. */
  isIn: boolean
  isInvited: boolean
  isBanned: boolean
}

const moderator = 2
const creator = 3
const ranks: Readonly<Record<ServerRole, number>> = { guest: 0, member: 1, admin: 4, owner: 5 }

/** One number for all roles: a user may act on those with a lower one. */
export function rankOf({ serverRole, role, isCreator }: Roles): number {
  const inRoom = role !== 'moderator' ? 0 : isCreator ? creator : moderator
  return Math.max(ranks[serverRole], inRoom)
}

/** Whether the user moderates the room: changes it, invites, removes people, writes in a read-only room. */
export function canModerate(position: Roles): boolean {
  return rankOf(position) >= moderator
}

/** Whether the user may pin messages in the room: its moderators, and everybody in a conversation. */
export function canPin(room: Roles & Pick<Closable, 'kind' | 'archived'>, isVerified: boolean): boolean {
  return isVerified && !room.archived && (room.kind === 'direct' || canModerate(room))
}

/**
 * Whether `@room` in a text mentions everybody in the room: for its moderators, and for anyone in a small room.
 * @param members how many belong to it
 */
export function canMentionEveryone(isModerator: boolean, members: number): boolean {
  return isModerator || members <= limits.maxMembersForRoomMention
}

/** Whether the role is admin or owner. */
export function isAdmin(serverRole: ServerRole): boolean {
  return ranks[serverRole] >= ranks.admin
}

/** Whether a user may remove, mute or ban the other, delete their messages or change their role. */
export function canActOn(position: Roles, other: Roles): boolean {
  return canModerate(position) && rankOf(position) > rankOf(other)
}

/** A room that a user may not view does not exist for them. */
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
  /** For the writer, in milliseconds since 1970. */
  mutedUntil?: number
}

/**
 * Why nothing can be written there, whatever it is.
 * @param isModerator whether the writer moderates there @param now milliseconds since 1970
 */
export function closedTo(
  { kind, archived, readOnly, mutedUntil = 0 }: Closable,
  isModerator: boolean,
  now: number,
): 'archived' | 'muted' | 'read-only' | undefined {
  if (archived) return 'archived'
  if (mutedUntil > now) return 'muted'
  return readOnly && kind !== 'direct' && !isModerator ? 'read-only' : undefined
}
