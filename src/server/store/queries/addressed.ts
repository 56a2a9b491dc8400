/** The messages that mention a user or reply to one of theirs, in all rooms that they can view. */
import { limits } from '../../../shared/protocol/limits.ts'
import type { RoomKind, RoomNames, User } from '../../../shared/protocol/types.ts'
import type { Viewer } from '../contracts/accounts.ts'
import { type AddressedPage, pageCharacters } from '../contracts/log.ts'
import { all, each, one, type Rule } from '../transaction.ts'
import { changes, entryColumns, type MessageRow, message, upTo } from './pages.ts'
import { isViewable, roomSql } from './rooms.ts'

/** Most are shown. A user can have very many in rooms that they have lost, or by users whom they have blocked since. */
const maxLookedAt = 10_000

export const addressedSql = {
  /** The last place that a page looks at. */
  floor: `select id as place from addressed where user_id = ? and id < ? order by id desc limit 1 offset ${maxLookedAt - 1}`,
  newest: `
    select addressed.id as place, ${entryColumns}, ${changes},
      rooms.id as "roomId", rooms.name as "roomName", rooms.kind, participants
    from addressed {ordered join} entries on entries.room_id = addressed.room_id and entries.id = message_id
      {ordered join} rooms on rooms.id = addressed.room_id {ordered join} users on users.id = entries.user_id
      left join memberships on memberships.room_id = addressed.room_id and memberships.user_id = addressed.user_id
    where addressed.user_id = ? and addressed.id < ? and addressed.id >= ? and ${isViewable}
      and not exists (select 1 from blocks where blocks.user_id = addressed.user_id and blocked_id = entries.user_id)
    order by addressed.id desc limit ${limits.messagesPerPage + 1}`,
}

interface RoomColumns {
  roomId: number
  roomName: string
  kind: RoomKind
  participants: string | null
}

interface Row extends MessageRow, RoomColumns {
  place: number
}

/** Without reactions: a list shows none, and one message can have ten thousand. */
export function* addressedMessages(
  { user, isVerified, canViewPublic }: Viewer,
  before = Number.MAX_SAFE_INTEGER,
): Rule<AddressedPage> {
  const floor = (yield* one<{ place: number }>(addressedSql.floor, user.id, before))?.place
  const access = [Date.now(), Number(canViewPublic), Number(isVerified)]
  const places: number[] = []
  const rooms = new Map<number, RoomNames>()
  const found = yield* each<Row>(addressedSql.newest, user.id, before, floor ?? 0, ...access)
  const { items, more } = yield* upTo(found, limits.messagesPerPage, pageCharacters, function* (row) {
    const { place, roomId, roomName, kind, participants, ...entry } = row
    places.push(place)
    if (!rooms.has(roomId))
      rooms.set(roomId, yield* namesOf({ roomId, roomName, kind, participants }, entry.room, user))
    return yield* message({ ...entry, hasReactions: 0 })
  })
  return { messages: items, rooms: [...rooms.values()], next: more ? places[items.length - 1] : floor }
}

function* namesOf({ roomId, roomName, kind, participants }: RoomColumns, room: string, user: User): Rule<RoomNames> {
  const people = participants === null ? undefined : yield* all<User>(roomSql.participants, roomId, user.id)
  return { room, name: roomName, ...(kind !== 'public' && { kind }), ...(people && { people }) }
}
