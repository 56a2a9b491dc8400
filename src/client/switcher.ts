/** Which rooms a typed name may mean. */
import { limits } from '../shared/protocol.ts'
import { faultInName, normalizeName } from '../shared/text.ts'
import type { RoomRow } from './room-list.ts'

export type Choice = { is: 'room'; room: string; row: RoomRow } | { is: 'new'; room: string }

/** Those that fit, the likeliest first, and at the end the new room that the name would make. */
export function choicesFor(typed: string, rows: readonly RoomRow[], here: string): Choice[] {
  const name = normalizeName(typed)
  const choices: Choice[] = rows
    .filter((row) => placeIn(row, name) >= 0)
    .sort((a, b) => rankOf(a, name, here) - rankOf(b, name, here))
    .map((row) => ({ is: 'room', room: row.room, row }))
  return isNew(name, rows) ? [...choices, { is: 'new', room: name }] : choices
}

/** Whether the name could not be that of a room. Nothing typed is no fault. */
export function isFaulty(typed: string): boolean {
  const name = normalizeName(typed)
  return name !== '' && faultInName(name, limits.roomCharacters) !== undefined
}

function isNew(name: string, rows: readonly RoomRow[]): boolean {
  return faultInName(name, limits.roomCharacters) === undefined && !rows.some(({ room }) => room === name)
}

/** Mentions before news before the rest, the room that one is in last. But the very name comes first, and its middle last. */
function rankOf(row: RoomRow, name: string, here: string): number {
  if (row.name === name) return -1
  const news = row.room === here ? 3 : row.mentions ? 0 : row.unread ? 1 : 2
  return news + (placeIn(row, name) > 0 ? 4 : 0)
}

function placeIn({ name }: RoomRow, typed: string): number {
  return name.toLowerCase().indexOf(typed.toLowerCase())
}
