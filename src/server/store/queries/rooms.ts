/** Lists of rooms and their members, as they are for the viewer. */
import { toMinute } from '../../../shared/durations.ts'
import { limits, lobby } from '../../../shared/protocol/limits.ts'
import type {
  NotificationLevel,
  Person,
  RoomKind,
  RoomMember,
  RoomRole,
  RoomSummary,
  ServerRole,
  Status,
  User,
} from '../../../shared/protocol/types.ts'
import type { Viewer } from '../contracts/accounts.ts'
import type { ListedRoom, MembersPage, UnreadRoom } from '../contracts/rooms.ts'
import { pictureColumn, statusOf, type UserColumns, userColumns, userOf } from '../rows.ts'
import { all, one, type Rule } from '../transaction.ts'
import { beginning, beginsWith } from './accounts.ts'
import { mentionsAfter, unreadAfter } from './unread.ts'

/** All of them are marked as read in one transaction. */
const maxMarkedRooms = 1_000

/** Takes the time, whether the viewer may view public rooms, and whether the session is verified. */
export const isViewable = `
  coalesce(memberships.banned_until, 0) <= ?
    and case when kind = 'public' and ? = 1 then 1
      when is_member = 1 and (kind <> 'public' or is_invited = 1) then ? else 0 end = 1`

/** Takes the viewer's id. */
const summaryColumns = `
  rooms.id, address as room, rooms.name, topic, kind, last, read_only as "readOnly", slow_ms as "slowMs", archived,
  ${pictureColumn('rooms', 'picture')}, participants, coalesce(read_to, last) as read, memberships.role, level,
  case when created_by = ? then 1 else 0 end as "isCreator", is_member as "isMember", muted_until as "mutedUntil",
  case when is_member = 1 and is_request = 1 then 1 else 0 end as "isRequest"`

/** Nobody who has not accepted to be in the room shows their status there. */
const ownStatus = 'case when is_member = 1 and is_request = 0 then status end as status'

/** A request to a direct conversation is listed, one to a room is not. */
const isListed = `
  case when is_member = 1 or (is_request = 1 and (select kind from rooms where id = room_id) = 'direct') then 1 else 0 end`

/** Takes the id of the user who learns when the others were last seen, twice. */
const memberColumns = `
  ${userColumns()}, users.role as "serverRole",
  memberships.role, muted_until as "mutedUntil", memberships.banned_until as "bannedUntil",
  users.banned_until as "serverBannedUntil", ${isListed} as "isMember",
  case when hides_seen = 0 and is_member = 1 and is_request = 0
    and (select hides_seen from users as viewers where viewers.id = ?) = 0
    and not exists (select 1 from blocks where blocks.user_id = users.id and blocked_id = ?)
    then last_seen_at else 0 end as "seenAt",
  ${ownStatus}`

export const roomSql = {
  exists: 'select 1 from rooms where address = ?',
  /** The rooms of which the viewer is a member. */
  own: `
    select ${summaryColumns} from memberships join rooms on rooms.id = room_id
    where user_id = ? and is_member = 1 and coalesce(banned_until, 0) <= ?
      and case when kind = 'public' and ? = 1 then 1 when kind <> 'public' or is_invited = 1 then ? else 0 end = 1
    order by archived, room_id limit ${limits.maxListedRooms}`,
  // A user who creates very many must not crowd out the others: the rooms of guests come last, and those of one creator one after the other.
  others: `
    select ${summaryColumns} from rooms left join memberships on room_id = rooms.id and user_id = ?
      left join users as creators on creators.id = created_by
    where kind = 'public' and ? = 1 and coalesce(is_member, 0) = 0 and coalesce(memberships.banned_until, 0) <= ?
      and archived = ?
    order by address <> '${lobby}' and coalesce(creators.role, 'guest') = 'guest',
      row_number() over (partition by created_by order by rooms.id), rooms.id limit ?`,
  summary: `
    select ${summaryColumns} from rooms left join memberships on room_id = rooms.id and user_id = ?
    where address = ? and ${isViewable}`,
  /** The rooms in which something follows the viewer's read mark. */
  unread: `
    select address as room, kind, last from memberships join rooms on rooms.id = room_id
    where user_id = ? and read_to < last and (is_member = 0 or ? = 1) and ${isViewable}
    order by is_member desc, room_id limit ${maxMarkedRooms}`,
  markIn: `
    select address as room, kind, last,
      case when read_to < last and (is_member = 0 or ? = 1) then 1 else 0 end as "isUnread"
    from rooms left join memberships on room_id = rooms.id and user_id = ?
    where address = ? and ${isViewable}`,
  all: `
    select name, kind, archived, last,
      (select count(*) from memberships where room_id = rooms.id and is_member = 1) as members
    from rooms where deleted_kind is null order by id`,
  called: `select address from rooms where kind <> 'direct' and deleted_kind is null and (address = ? or name = ?)`,
  participants: `
    select ${userColumns()}, ${ownStatus} from memberships join users on users.id = user_id
    where room_id = ? and user_id <> ? order by user_id`,
  members: `
    select ${memberColumns}
    from memberships {ordered join} users on users.id = user_id
    where room_id = (select id from rooms where address = ?) and user_id > ? and ${beginsWith}
      and case when memberships.banned_until > ? then ? else ${isListed} end = 1
    order by user_id limit ?`,
  /** One who is or was in the room. */
  member: `
    select ${memberColumns}
    from memberships join users on users.id = user_id
    where room_id = (select id from rooms where address = ?) and user_id = ?`,
}

interface SummaryRow extends Pick<RoomSummary, 'room' | 'name' | 'topic' | 'last' | 'read'> {
  id: number
  kind: RoomKind
  readOnly: number
  slowMs: number
  archived: number
  picture: string | null
  participants: string | null
  role: RoomRole | null
  isCreator: number
  isMember: number | null
  isRequest: number
  mutedUntil: number | null
  level: NotificationLevel | null
}

interface MemberRow extends UserColumns {
  serverRole: ServerRole
  role: RoomRole
  mutedUntil: number | null
  bannedUntil: number | null
  seenAt: number
  status: string | null
  serverBannedUntil: number | null
  isMember: number
}

export function* hasRoom(address: string): Rule<boolean> {
  return (yield* one(roomSql.exists, address)) !== undefined
}

export function* rooms({ user, isVerified, canViewPublic }: Viewer): Rule<RoomSummary[]> {
  const [at, isPublic] = [Date.now(), Number(canViewPublic)]
  // The viewer's own rooms come first when there are very many.
  const own = yield* all<SummaryRow>(roomSql.own, user.id, user.id, at, isPublic, Number(isVerified))
  const left = limits.maxListedRooms - own.filter(({ archived }) => !archived).length
  const others = yield* all<SummaryRow>(roomSql.others, user.id, user.id, isPublic, at, 0, left)
  // Archived rooms take no place of those that are in use.
  const archived = yield* all<SummaryRow>(roomSql.others, user.id, user.id, isPublic, at, 1, limits.maxListedArchived)
  const summaries: RoomSummary[] = []
  for (const row of [...own, ...others, ...archived].sort((a, b) => a.id - b.id)) {
    summaries.push(yield* summaryOf(row, user))
  }
  return summaries
}

export function* allRooms(): Rule<ListedRoom[]> {
  const found = yield* all<Omit<ListedRoom, 'isArchived'> & { archived: number }>(roomSql.all)
  return found.map(({ archived, ...room }) => ({ ...room, isArchived: archived === 1 }))
}

export function* roomSummary(viewer: Viewer, room: string): Rule<RoomSummary | undefined> {
  const { user, isVerified, canViewPublic } = viewer
  const row = yield* one<SummaryRow>(
    roomSql.summary,
    user.id,
    user.id,
    room,
    Date.now(),
    Number(canViewPublic),
    Number(isVerified),
  )
  return row && (yield* summaryOf(row, user))
}

/** The addresses of the rooms of that name; only the one with that address, if there is one. */
export function* roomsCalled(name: string): Rule<string[]> {
  const found = (yield* all<{ address: string }>(roomSql.called, name, name)).map(({ address }) => address)
  // A private room may have the name of another.
  return found.includes(name) ? [name] : found.sort()
}

/** Undefined when the viewer cannot view one of the rooms that are named. */
export function* unreadRooms(viewer: Viewer, named?: readonly string[]): Rule<UnreadRoom[] | undefined> {
  const { user, isVerified, canViewPublic } = viewer
  const access = [Date.now(), Number(canViewPublic), Number(isVerified)]
  if (!named) return yield* all<UnreadRoom>(roomSql.unread, user.id, Number(isVerified), ...access)
  const unread: UnreadRoom[] = []
  for (const address of new Set(named)) {
    const values = [Number(isVerified), user.id, address, ...access]
    const row = yield* one<UnreadRoom & { isUnread: number }>(roomSql.markIn, ...values)
    if (!row) return undefined
    const { isUnread, ...room } = row
    if (isUnread) unread.push(room)
  }
  return unread
}

function* summaryOf(row: SummaryRow, user: User): Rule<RoomSummary> {
  const { id, room, name, topic, picture, kind, last, read, role, mutedUntil, level } = row
  const people = row.participants === null ? undefined : yield* participants(id, user)
  return {
    room,
    name,
    topic,
    ...(picture !== null && { picture }),
    ...(kind !== 'public' && { kind }),
    ...(people && { people }),
    last,
    read,
    ...(role === 'moderator' && { role, ...(row.isCreator && { isCreator: true }) }),
    ...(row.isMember === 0 && { left: true }),
    ...(row.isRequest && { request: true }),
    ...(row.readOnly && { readOnly: true }),
    ...(row.slowMs && { slowMs: row.slowMs }),
    ...(row.archived && { archived: true }),
    ...((mutedUntil ?? 0) > Date.now() && { mutedUntil: mutedUntil ?? 0 }),
    ...(level && { notify: level }),
    unread: read < last ? yield* unreadAfter(id, read, user.id) : 0,
    mentions: read < last ? yield* mentionsAfter(id, read, user.id) : 0,
  }
}

function* participants(roomId: number, viewer: User): Rule<Person[]> {
  const found = yield* all<UserColumns & { status: string | null }>(roomSql.participants, roomId, viewer.id)
  return found.map((row) => ({ ...userOf(row), ...withStatus(row.status, Date.now()) }))
}

function withStatus(column: string | null, at: number): { status?: Status } {
  const status = statusOf(column, at)
  return status ? { status } : {}
}

export function* members(room: string, page: MembersPage): Rule<RoomMember[]> {
  const { after, limit, isWithBanned, isForAdmin = false, find = '', user, seenBy = 0 } = page
  const now = Date.now()
  const values = [room, after, ...beginning(find), now, Number(isWithBanned), limit]
  const found =
    user === undefined
      ? yield* all<MemberRow>(roomSql.members, seenBy, seenBy, ...values)
      : yield* all<MemberRow>(roomSql.member, seenBy, seenBy, room, user)
  return found.flatMap((row) => {
    const { serverRole, role, isMember, seenAt, status } = row
    const bannedUntil = lasting(row.bannedUntil, now)
    if (user !== undefined && !isWithBanned && (!isMember || bannedUntil)) return []
    const mutedUntil = lasting(row.mutedUntil, now)
    const serverBannedUntil = isForAdmin ? lasting(row.serverBannedUntil, now) : 0
    return {
      user: userOf(row),
      serverRole,
      role,
      ...(mutedUntil && { mutedUntil }),
      ...(bannedUntil && { bannedUntil }),
      ...(serverBannedUntil && { serverBannedUntil }),
      ...(user !== undefined && !isMember && { left: true as const }),
      ...(!bannedUntil && withStatus(status, now)),
      ...(seenAt && { seenAt: toMinute(Math.min(seenAt, now)) }),
    }
  })
}

/** @returns 0 for what is over */
function lasting(until: number | null, now: number): number {
  return (until ?? 0) > now ? (until ?? 0) : 0
}
