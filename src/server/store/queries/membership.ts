/** A user's membership of a room, read in the same way by the rules and by everybody else. */
import type { RoomKind, RoomRole, ServerRole } from '../../../shared/protocol/types.ts'
import type { Membership } from '../contracts/rooms.ts'
import { one, type Rule } from '../transaction.ts'

/** Takes a user's id and a room's address. */
export const membershipSql = `
  select rooms.id as "roomId", address, rooms.name, topic, kind, last, read_only as "readOnly", slow_ms as "slowMs",
    archived, created_by as "creatorId", users.id as "userId", users.role as "serverRole",
    users.banned_until as "bannedFromServerUntil", memberships.role, is_member as "isMember", is_invited as "isInvited",
    muted_until as "mutedUntil", memberships.banned_until as "bannedUntil", wrote_at as "wroteAt", read_to as "readTo",
    is_request as "isRequest"
  from rooms join users on users.id = ?
    left join memberships on memberships.room_id = rooms.id and memberships.user_id = users.id
  where address = ?`

export interface MembershipRow {
  roomId: number
  address: string
  name: string
  topic: string
  kind: RoomKind
  last: number
  readOnly: number
  slowMs: number
  archived: number
  creatorId: number | null
  userId: number
  serverRole: ServerRole
  bannedFromServerUntil: number | null
  role: RoomRole | null
  isMember: number | null
  isInvited: number | null
  mutedUntil: number | null
  bannedUntil: number | null
  wroteAt: number | null
  readTo: number | null
  isRequest: number | null
}

/** @param at milliseconds since 1970: what has ended by then has ended */
export function membershipOf(row: MembershipRow, at: number): Membership {
  return {
    room: row.address,
    name: row.name,
    topic: row.topic,
    kind: row.kind,
    last: row.last,
    readOnly: row.readOnly === 1,
    slowMs: row.slowMs,
    archived: row.archived === 1,
    serverRole: row.serverRole,
    role: row.role ?? 'member',
    isCreator: row.creatorId === row.userId,
    isIn: row.isMember === 1,
    isInvited: row.isInvited === 1,
    isBanned: (row.bannedUntil ?? 0) > at || (row.bannedFromServerUntil ?? 0) > at,
    mutedUntil: (row.mutedUntil ?? 0) > at ? (row.mutedUntil ?? 0) : 0,
    readTo: row.readTo ?? undefined,
    isRequest: row.isRequest === 1,
  }
}

/** Undefined when there is no such room, or no such user. */
export function* membership(user: number, room: string, at = Date.now()): Rule<Membership | undefined> {
  const row = yield* one<MembershipRow>(membershipSql, user, room)
  return row && membershipOf(row, at)
}

export const readMarkSql = `
  select read_to as id from memberships
  where user_id = ? and room_id = (select id from rooms where address = ?)`

export function* readMark(user: number, room: string): Rule<number | undefined> {
  return (yield* one<{ id: number }>(readMarkSql, user, room))?.id
}
