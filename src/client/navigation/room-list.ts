/** The rooms as they stand in the list, and the ways from one to another. */

import type { User } from '../../shared/protocol/types.ts'
import type { Listed, Title } from '../../shared/rooms.ts'

export interface RoomRow extends Listed, Title {
  room: string
  /** Messages of others after the user's mark. */
  unread: number
  /** How many of them mention the user. */
  mentions: number
  /** The other users of a direct conversation. */
  others?: readonly User[]
}

/** Short enough for a badge. */
export function badgeOf(n: number): string {
  return n > 99 ? '99+' : String(n)
}

export function unreadIn(rows: readonly RoomRow[]): number {
  return rows.reduce((sum, { unread }) => sum + unread, 0)
}

export function mentionsIn(rows: readonly RoomRow[]): number {
  return rows.reduce((sum, { mentions }) => sum + mentions, 0)
}

/** The room `step` places further down the list, round its ends; with `onlyUnread` those without news are passed over. */
export function adjacentRoom(
  rows: readonly RoomRow[],
  here: string,
  step: 1 | -1,
  onlyUnread = false,
): string | undefined {
  const others = rows.filter(({ room, unread }) => room === here || !onlyUnread || unread > 0)
  const at = others.findIndex(({ room }) => room === here)
  // From outside of the list, the first step is onto its near end.
  const next = at < 0 && step < 0 ? -1 : (at + step) % others.length
  const to = others.at(next)?.room
  return to === here ? undefined : to
}
