/** How a user stands in a room: read in the same way by the reader and by the writer's thread. */
import type { RoomKind, RoomRole, ServerRole } from '../../shared/protocol.ts'
import type { Membership } from './store.ts'

/** Takes a user's id and a room's address. */
export const standingSql = `
  select rooms.id as "roomId", address, rooms.name, topic, kind, last, read_only as "readOnly", slow_ms as "slowMs",
    archived, created_by as "makerId", users.id as "userId", users.role as "serverRole", users.banned_until as "houseBannedUntil",
    memberships.role, is_in as "isIn", is_invited as "isInvited", muted_until as "mutedUntil",
    memberships.banned_until as "bannedUntil", wrote_at as "wroteAt", read_to as "readTo",
    is_request as "isRequest"
  from rooms join users on users.id = ?
    left join memberships on memberships.room_id = rooms.id and memberships.user_id = users.id
  where address = ?`

export interface StandingRow {
  roomId: number
  address: string
  name: string
  topic: string
  kind: RoomKind
  last: number
  readOnly: number
  slowMs: number
  archived: number
  makerId: number | null
  userId: number
  serverRole: ServerRole
  houseBannedUntil: number | null
  role: RoomRole | null
  isIn: number | null
  isInvited: number | null
  mutedUntil: number | null
  bannedUntil: number | null
  wroteAt: number | null
  readTo: number | null
  isRequest: number | null
}

/** @param at milliseconds since 1970: what has ended by then has ended */
export function standingOf(row: StandingRow, at: number): Membership {
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
    isCreator: row.makerId === row.userId,
    isIn: row.isIn === 1,
    isInvited: row.isInvited === 1,
    isBanned: (row.bannedUntil ?? 0) > at || (row.houseBannedUntil ?? 0) > at,
    mutedUntil: (row.mutedUntil ?? 0) > at ? (row.mutedUntil ?? 0) : 0,
    readTo: row.readTo ?? undefined,
    isRequest: row.isRequest === 1,
  }
}
