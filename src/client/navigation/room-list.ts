/** The rooms as they stand in the list, and the ways from one to another. */

import type { NotificationLevel, RoomLevel, User } from '../../shared/protocol/types.ts'
import { type Listed, newsIn, type Title } from '../../shared/rooms.ts'

export interface RoomRow extends Listed, Title {
  room: string
  /** Messages of others after the user's mark. */
  unread: number
  /** How many of them mention the user. */
  mentions: number
  notify?: RoomLevel
  /** The other users of a direct conversation. */
  others?: readonly User[]
  /** Names its picture. */
  picture?: string
}

/** As it is shown where the user wants to hear of nothing unless a room has a level of its own. */
export function withLevel<Row extends RoomRow>(row: Row, usual: NotificationLevel | undefined): Row {
  return usual === 'nothing' && row.notify === 'default' ? { ...row, notify: usual } : row
}

/** Short enough for a badge. */
export function badgeOf(n: number): string {
  return n > 99 ? '99+' : String(n)
}

/** Without those of which the user does not want to hear. */
export function unreadIn(rows: readonly RoomRow[]): number {
  return rows.reduce((sum, row) => sum + newsIn(row), 0)
}

/** How many mentions in the room the user wants to hear of. */
export function mentionNewsIn({ mentions, notify }: RoomRow): number {
  return notify === 'nothing' ? 0 : mentions
}

export function mentionsIn(rows: readonly RoomRow[]): number {
  return rows.reduce((sum, row) => sum + mentionNewsIn(row), 0)
}

/** The room `step` places further down the list, round its ends; with `onlyUnread` those without news are passed over. */
export function adjacentRoom(
  rows: readonly RoomRow[],
  here: string,
  step: 1 | -1,
  onlyUnread = false,
): string | undefined {
  const others = rows.filter((row) => row.room === here || !onlyUnread || newsIn(row) > 0)
  const at = others.findIndex(({ room }) => room === here)
  // From outside of the list, the first step is onto its near end.
  const next = at < 0 && step < 0 ? -1 : (at + step) % others.length
  const to = others.at(next)?.room
  return to === here ? undefined : to
}
