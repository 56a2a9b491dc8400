/** Which rooms and people a typed name may mean. */
import { mayNameRoom, newNameOf } from '../../shared/new-name.ts'
import { hiddenPrefix } from '../../shared/protocol/limits.ts'
import type { User } from '../../shared/protocol/types.ts'
import { fullTitle } from '../../shared/rooms.ts'
import { canBeInPath } from '../../shared/text.ts'
import type { RoomRow } from './room-list.ts'

export type Choice =
  | { type: 'room'; room: string; row: RoomRow }
  | { type: 'person'; user: User }
  | { type: 'new'; room: string }

/** The rooms that match, best matches first, then the people, and last the new room that the name would create. */
export function choicesFor(
  typed: string,
  rows: readonly RoomRow[],
  here: string,
  people: readonly User[] = [],
): Choice[] {
  const name = newNameOf(typed)
  const choices: Choice[] = rows
    .filter((row) => placeIn(row, name) >= 0)
    .sort((a, b) => rankOf(a, name, here) - rankOf(b, name, here))
    .map((row) => ({ type: 'room', room: row.room, row }))
  for (const user of people) choices.push({ type: 'person', user })
  return isNew(name, rows) ? [...choices, { type: 'new', room: name }] : choices
}

/** Whether the name could not be that of a room. Nothing typed is no fault. */
export function isInvalidName(typed: string): boolean {
  const name = newNameOf(typed)
  return name !== '' && !mayBeName(name)
}

function isNew(name: string, rows: readonly RoomRow[]): boolean {
  return mayBeName(name) && !rows.some((row) => row.room === name || row.title === name)
}

function mayBeName(name: string): boolean {
  return mayNameRoom(name) && canBeInPath(name) && !name.startsWith(hiddenPrefix)
}

/** Mentions before news before the rest, what was left or archived after that, the room that one is in last. But the very name comes first, and its middle last. */
function rankOf(row: RoomRow, name: string, here: string): number {
  if (row.title === name) return -1
  return newsRank(row, here) + (placeIn(row, name) > 0 ? 5 : 0)
}

function newsRank({ room, left, archived, mentions, unread }: RoomRow, here: string): number {
  if (room === here) return 4
  if (left || archived) return 3
  return mentions ? 0 : unread ? 1 : 2
}

function placeIn(row: RoomRow, typed: string): number {
  // The lobby is found by its address too, whatever the language calls it.
  if (row.room === typed.toLowerCase()) return 0
  return fullTitle(row).toLowerCase().indexOf(typed.toLowerCase())
}
