/** What the user may do in a room, as far as the page can tell. It shows by this what can be done; the server decides. */
import type { ServerRole } from '../../shared/protocol.ts'
import { canModerate, closedTo, type Roles } from '../../shared/rights.ts'
import type { RoomState } from './room-state.ts'

export interface Me {
  role: ServerRole
  /** Whether it is proven that he is who he says. */
  isVerified: boolean
}

/** Why one cannot write in a room, and until when, if it ends by itself. */
export type Hindrance =
  | { is: 'archived' | 'read-only' }
  | { is: 'muted'; until: number }
  | { is: 'slow'; until: number; everyMs: number }

type Room = Pick<RoomState, 'kind' | 'role' | 'isCreator'>

export function positionIn({ role, isCreator }: Room, me: Me): Roles {
  // Who only says who he is may no more than a guest.
  return me.isVerified ? { serverRole: me.role, role, isCreator } : { serverRole: 'guest' }
}

/** Whether he keeps order there. In a conversation nobody does. */
export function moderates(room: Room, me: Me): boolean {
  return room.kind !== 'direct' && canModerate(positionIn(room, me))
}

/** @param now milliseconds since 1970 */
export function hindranceIn(room: RoomState, me: Me, now: number): Hindrance | undefined {
  const { mutedUntil, slowMs, wroteAt, kind } = room
  const isKeeper = moderates(room, me)
  const is = closedTo(room, isKeeper, now)
  if (is) return is === 'muted' ? { is, until: mutedUntil } : { is }
  if (kind === 'direct' || isKeeper) return undefined
  // What seems to be from the future is from a server whose clock is ahead: it will say how long to wait.
  const isWaiting = wroteAt <= now && wroteAt + slowMs > now
  return isWaiting ? { is: 'slow', until: wroteAt + slowMs, everyMs: slowMs } : undefined
}
