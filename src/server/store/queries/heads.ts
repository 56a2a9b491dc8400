/** The ends of logs, for nodes that compare them with what they have heard. */
import { all, type Rule } from '../transaction.ts'

/** Rooms that are not there are left out. @returns the newest id of each, by its address */
export function* heads(rooms: readonly string[]): Rule<Map<string, number>> {
  const found = yield* all<{ room: string; last: number }>(
    `select address as room, last from {strings} as named {ordered join} rooms on address = named.value`,
    JSON.stringify(rooms),
  )
  return new Map(found.map(({ room, last }) => [room, last]))
}
