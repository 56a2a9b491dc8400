/** Stores who belongs to a room, and how far each user has read. */

import type { RoomKind, RoomLevel } from '../../../shared/protocol/types.ts'
import type { Effect } from '../contracts/effects.ts'
import type { UnreadRoom } from '../contracts/rooms.ts'
import { passRead } from '../notifications/notices.ts'
import { passInRoom, untoldRoom } from '../notifications/widening.ts'
import { all, one, type Rule, run } from '../transaction.ts'
import { forbidden } from './access.ts'
import { hasRequest, refuseManyRequests, request } from './requests.ts'

export function* joinRoom(userId: number, room: string, at: number, isVerified: boolean): Rule<number> {
  const joined = yield* one<{ readTo: number }>(
    `insert into memberships (user_id, room_id, read_to, is_member)
    select ?, id, last, ? from rooms where address = ? and kind = 'public'
    on conflict (user_id, room_id) do update set is_member = {greatest}(memberships.is_member, excluded.is_member),
      is_request = case when excluded.is_member > memberships.is_member then 0 else memberships.is_request end
      where coalesce(memberships.banned_until, 0) <= ?
    returning read_to as "readTo"`,
    userId,
    Number(isVerified),
    room,
    at,
  )
  return joined?.readTo ?? 0
}

export function* markRead(userId: number, room: string, id: number, isVerified: boolean): Rule<number> {
  const mark = yield* one<{ readTo: number }>(
    `insert into memberships (user_id, room_id, read_to, is_member)
    select ?, id, {least}(?, last), ? from rooms where address = ?
    on conflict (user_id, room_id) do update set read_to =
      case when excluded.is_member = 1 or memberships.is_member = 0
        then {greatest}(memberships.read_to, excluded.read_to) else memberships.read_to end
    returning read_to as "readTo"`,
    userId,
    id,
    Number(isVerified),
    room,
  )
  return mark?.readTo ?? 0
}

export function* markAllRead(userId: number, rooms: readonly UnreadRoom[], isVerified: boolean): Rule<void> {
  for (const { room, last } of rooms) {
    yield* run(
      `update memberships set read_to = {greatest}(read_to, {least}(?, (select last from rooms where id = room_id)))
      where user_id = ? and room_id = (select id from rooms where address = ?) and (is_member = 0 or ? = 1)`,
      last,
      userId,
      room,
      Number(isVerified),
    )
  }
}

export function* markUnread(userId: number, room: string, id: number, isVerified: boolean): Rule<void> {
  yield* passRead(userId, room)
  yield* run(
    `update memberships set read_to = ?
    where user_id = ? and room_id = (select id from rooms where address = ?) and read_to > ? and (is_member = 0 or ? = 1)`,
    Math.max(0, id - 1),
    userId,
    room,
    Math.max(0, id - 1),
    Number(isVerified),
  )
}

export function* setNotificationLevel(
  userId: number,
  room: string,
  level: RoomLevel,
  isVerified: boolean,
): Rule<boolean> {
  const before = yield* untoldRoom(userId, room)
  const set = yield* run(
    `update memberships set level = ?
    where user_id = ? and room_id = (select id from rooms where address = ?) and (is_member = 0 or ? = 1)`,
    level === 'default' ? null : level,
    userId,
    room,
    Number(isVerified),
  )
  if (before && set > 0) yield* passInRoom(userId, before, level)
  return set > 0
}

/** Adds users to the room; users whom a guest adds are asked. @returns those who were no members before */
export function* addMembers(roomId: number, users: readonly number[], guest?: number): Rule<number[]> {
  const members = yield* all<{ userId: number }>(
    'select user_id as "userId" from memberships where room_id = ? and is_member = 1',
    roomId,
  )
  const present = new Set(members.map(({ userId }) => userId))
  const refused = new Set<number>()
  const added: number[] = []
  for (const id of new Set(users)) {
    if (present.has(id)) continue
    if (guest && (yield* hasRequest(roomId, id))) refused.add(id)
    else added.push(id)
  }
  if (guest) yield* refuseReturn(roomId, added)
  if (guest) yield* refuseManyRequests(guest, added)
  for (const id of users) {
    if (refused.has(id)) continue
    yield* run(
      `insert into memberships (user_id, room_id, read_to, is_invited) select ?, id, last, 1 from rooms where id = ?
      on conflict (user_id, room_id) do update set is_member = 1, is_invited = 1,
        is_request = case when memberships.is_member = 1 then memberships.is_request else 0 end`,
      id,
      roomId,
    )
  }
  if (guest) yield* request(roomId, added)
  return added
}

/** A user who has left, or was removed, comes back by an invitation: otherwise a guest could bring them back forever. */
function* refuseReturn(roomId: number, users: readonly number[]): Rule<void> {
  for (const id of users) {
    if (yield* one('select 1 from memberships where room_id = ? and user_id = ?', roomId, id)) {
      throw forbidden('Somebody who has left can only come back by an invitation.')
    }
  }
}

export function becameMember(user: number, room: string, kind: RoomKind): Effect {
  return { type: 'access-changed', user, room, kind, isIn: true, canView: true }
}
