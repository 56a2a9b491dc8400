/** A page of messages of several rooms, each row of which has a place in the list and the names of its room. */
import { limits } from '../../../shared/protocol/limits.ts'
import type { RoomKind, RoomNames, User } from '../../../shared/protocol/types.ts'
import { type ListedPage, pageCharacters } from '../contracts/log.ts'
import { type UserColumns, userOf } from '../rows.ts'
import { all, type Rule } from '../transaction.ts'
import { changes, entryColumns, type MessageRow, message, upTo } from './pages.ts'
import { roomSql } from './rooms.ts'

export const listedColumns = `${entryColumns}, ${changes},
  rooms.id as "roomId", rooms.name as "roomName", rooms.kind, participants`

export const listedLimit = limits.messagesPerPage + 1

interface RoomColumns {
  roomId: number
  roomName: string
  kind: RoomKind
  participants: string | null
}

export interface ListedRow extends MessageRow, RoomColumns {
  place: number
}

/** Without reactions: a list shows none, and one message can have ten thousand. @param end where the next page begins, if `found` fits */
export function* listedPage(found: Iterable<ListedRow>, user: User, end?: number): Rule<ListedPage> {
  const places: number[] = []
  const rooms = new Map<number, RoomNames>()
  const { items, more } = yield* upTo(found, limits.messagesPerPage, pageCharacters, function* (row) {
    const { place, roomId, roomName, kind, participants, ...entry } = row
    places.push(place)
    if (!rooms.has(roomId))
      rooms.set(roomId, yield* namesOf({ roomId, roomName, kind, participants }, entry.room, user))
    return yield* message({ ...entry, hasReactions: 0 })
  })
  return { messages: items, rooms: [...rooms.values()], next: more ? places[items.length - 1] : end }
}

/** What the room is called for the user. */
export function* namesOf(
  { roomId, roomName, kind, participants }: RoomColumns,
  room: string,
  user: User,
): Rule<RoomNames> {
  // Without their status: a list of messages does not show it.
  const people = participants === null ? undefined : yield* all<UserColumns>(roomSql.participants, roomId, user.id)
  return { room, name: roomName, ...(kind !== 'public' && { kind }), ...(people && { people: people.map(userOf) }) }
}
