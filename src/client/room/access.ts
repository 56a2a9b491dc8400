/** What the user may do in a room, as far as the page can tell. It shows by this what can be done; the server decides. */
import type { ServerRole } from '../../shared/protocol/types.ts'
import { canModerate, canPin, closedTo, type Roles } from '../../shared/rights.ts'
import type { RoomState } from './room-state.ts'

/** The user, as far as their rights depend on it. */
export interface Viewer {
  role: ServerRole
  /** Whether the session is verified: the user is known to be who they say. */
  isVerified: boolean
}

/** Why one cannot write in a room, and until when, if it ends by itself. */
export type WriteBlock =
  | { type: 'archived' | 'read-only' | 'banned' }
  | { type: 'muted'; until: number }
  | { type: 'slow'; until: number; everyMs: number }

type Room = Pick<RoomState, 'kind' | 'role' | 'isCreator'>

export function positionIn({ role, isCreator }: Room, viewer: Viewer): Roles {
  // A session that is not verified has the rights of a guest.
  return viewer.isVerified ? { serverRole: viewer.role, role, isCreator } : { serverRole: 'guest' }
}

/** Whether the user moderates the room. Nobody moderates a conversation. */
export function canModerateRoom(room: Room, viewer: Viewer): boolean {
  return room.kind !== 'direct' && canModerate(positionIn(room, viewer))
}

/** Whether the user may pin messages in the room. */
export function canPinIn({ kind, archived, ...room }: Room & Pick<RoomState, 'archived'>, viewer: Viewer): boolean {
  return canPin({ kind, archived, ...positionIn({ kind, ...room }, viewer) }, viewer.isVerified)
}

/** @param now milliseconds since 1970 */
export function writeBlockIn(room: RoomState, viewer: Viewer, now: number): WriteBlock | undefined {
  const { mutedUntil, slowMs, wroteAt, kind } = room
  const isModerator = canModerateRoom(room, viewer)
  const type = closedTo(room, isModerator, now)
  if (type) return type === 'muted' ? { type, until: mutedUntil } : { type }
  if (kind === 'direct' || isModerator) return undefined
  // A message that seems to be from the future comes from a server whose clock is ahead: the server says how long to wait.
  const isWaiting = wroteAt <= now && wroteAt + slowMs > now
  return isWaiting ? { type: 'slow', until: wroteAt + slowMs, everyMs: slowMs } : undefined
}
