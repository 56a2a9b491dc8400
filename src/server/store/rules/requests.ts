/** Requests: a user whom a guest has added to a room accepts, or declines by leaving. Names are free, so a guest may not insist. */
import { ChatError } from '../../../shared/protocol/errors.ts'
import { limits } from '../../../shared/protocol/limits.ts'
import type { RoomKind } from '../../../shared/protocol/types.ts'
import type { Effect } from '../contracts/effects.ts'
import { all, one, only, type Rule, run } from '../transaction.ts'
import { forbidden } from './access.ts'

/** @throws ChatError `forbidden` when the guest has asked too many users, or one of them has been asked by too many */
export function* refuseManyRequests(guest: number, users: readonly number[]): Rule<void> {
  if (!users.length) return
  const { n: asked } = yield* only<{ n: number }>(
    `select count(*) as n from rooms {ordered join} memberships on room_id = rooms.id and is_request = 1
    where created_by = ? and created_key is not null`,
    guest,
  )
  if (asked + users.length > limits.maxRequestsByGuest) {
    throw forbidden(`At most ${limits.maxRequestsByGuest} people can be asked by a guest before some of them accept.`)
  }
  for (const user of users) {
    const { n: open } = yield* only<{ n: number }>(
      'select count(*) as n from memberships where user_id = ? and is_request = 1 and is_member = 1',
      user,
    )
    if (open >= limits.maxRequestsTo) throw forbidden('Too many guests have asked this person. Try again later.')
  }
}

export function* request(roomId: number, users: readonly number[]): Rule<void> {
  for (const user of users) {
    yield* run('update memberships set is_request = 1 where room_id = ? and user_id = ?', roomId, user)
  }
}

/** Whether the user has declined, or has not answered yet. */
export function* hasRequest(roomId: number, user: number): Rule<boolean> {
  const sql = 'select 1 from memberships where room_id = ? and user_id = ? and is_request = 1'
  return (yield* one(sql, roomId, user)) !== undefined
}

/** @returns whether there was something to accept */
export function* acceptRequest(roomId: number, user: number): Rule<boolean> {
  const sql =
    'update memberships set is_request = 0 where room_id = ? and user_id = ? and is_request = 1 and is_member = 1'
  return (yield* run(sql, roomId, user)) > 0
}

/** Takes a room: whether somebody has not accepted yet to be in it. */
export const requestSql = 'select 1 from memberships where room_id = ? and is_request = 1 limit 1'

/** @throws ChatError `not-accepted` when the writer has written all that they may before somebody accepts */
export function* refuseUnlessAccepted(roomId: number, writer: number): Rule<void> {
  if (!(yield* one(requestSql, roomId))) return
  const others = 'select 1 from memberships where room_id = ? and user_id <> ? and is_request = 0 limit 1'
  if (yield* one(others, roomId, writer)) return
  // In such a room there are no others, so few entries are read.
  const { n: written } = yield* only<{ n: number }>(
    `select count(*) as n from (
      select 1 from entries where room_id = ? and user_id = ? and type <> 'delete' limit ${limits.maxRequestMessages}
    ) as written`,
    roomId,
    writer,
  )
  if (written < limits.maxRequestMessages) return
  throw new ChatError('not-accepted', `Until they accept, you can write ${limits.maxRequestMessages} messages here.`)
}

/** The user declines every request of the other. */
export function* declineRequests(user: number, by: number): Rule<Effect[]> {
  const declined = yield* all<{ id: number; room: string; kind: RoomKind }>(
    `select rooms.id, address as room, kind from memberships {ordered join} rooms on rooms.id = room_id
    where user_id = ? and is_request = 1 and is_member = 1 and created_by = ? order by rooms.id`,
    user,
    by,
  )
  for (const { id } of declined) {
    yield* run('update memberships set is_member = 0 where room_id = ? and user_id = ?', id, user)
  }
  return declined.map(({ room, kind }) => ({
    type: 'access-changed',
    user,
    room,
    kind,
    isIn: false,
    canView: kind === 'public',
  }))
}
