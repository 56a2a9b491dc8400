/** What the user may do in a room, as far as the page can tell. It shows by this what can be done; the server decides. */
import type { HouseRole } from '../shared/protocol.ts'
import { closedTo, keepsOrder, type Position } from '../shared/rights.ts'
import type { RoomState } from './room.ts'

export interface Me {
  role: HouseRole
  /** Whether it is proven that he is who he says. */
  isProven: boolean
}

/** Why one cannot write in a room, and until when, if it ends by itself. */
export type Hindrance =
  | { is: 'archived' | 'read-only' }
  | { is: 'muted'; until: number }
  | { is: 'slow'; until: number; everyMs: number }

type Room = Pick<RoomState, 'kind' | 'role' | 'isMaker'>

export function positionIn({ role, isMaker }: Room, me: Me): Position {
  // Who only says who he is may no more than a guest.
  return me.isProven ? { house: me.role, role, isMaker } : { house: 'guest' }
}

/** Whether he keeps order there. In a conversation nobody does. */
export function moderates(room: Room, me: Me): boolean {
  return room.kind !== 'direct' && keepsOrder(positionIn(room, me))
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
