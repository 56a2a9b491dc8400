/** Lists of rooms, people and acts, as they stand for whoever asks. */
import type { DatabaseSync, SQLInputValue } from 'node:sqlite'
import {
  type AuditRecord,
  type Invite,
  limits,
  lobby,
  type ModerationActionType,
  type RoomMember,
  type RoomRole,
  type RoomSummary,
  type ServerRole,
  type User,
} from '../../shared/protocol.ts'
import { personOf, type UserColumns, userOf } from './sqlite-entries.ts'
import { knownSql, knownValues } from './sqlite-known.ts'
import { stillCounts } from './sqlite-links.ts'
import { type Rows, rows } from './sqlite-rows.ts'
import type { ListedAccount, Viewer } from './store.ts'

/** Names that begin so, whatever the case of ASCII; takes the beginning twice. */
const beginsWith = `name collate nocase >= ? and name collate nocase < ? || char(1114111)`

const summaryColumns = `
  rooms.id, address as room, rooms.name, topic, kind, last, read_only as "readOnly", slow_ms as "slowMs", archived,
  people, coalesce(read_to, last) as read, memberships.role, created_by = $user as "isCreator", is_in as "isIn",
  muted_until as "mutedUntil", is_in and is_request as "isRequest"`

/** Only so many unread messages and mentions are counted, of no more than so many of the newest messages. */
const mostCounted = 1_000
const mostLookedAt = 10_000

/** What is read. Exported for the test of the query plans. */
export const listSql = {
  people: `
    select id, name, image, role, banned_until as "bannedUntil",
      (select max(seen_at) from sessions where user_id = users.id) as "seenAt"
    from users where ${beginsWith} order by name collate nocase limit ?`,
  known: `
    select id, name, image from users where ${beginsWith} and ${knownSql}
    order by name collate nocase limit ?`,
  invites: `
    select links.id, users.id as "userId", users.name as "userName", users.image as "userImage",
      made_at as at, expires_at as "expiresAt", uses_left as "usesLeft"
    from links join users on users.id = made_by
    where type = 'invite' and room_id = (select id from rooms where address = ?) and uses_left > 0 and expires_at > ?
    order by links.id desc limit ${limits.maxListedMembers}`,
  belonging: `
    select ${summaryColumns} from memberships join rooms on rooms.id = room_id
    where user_id = $user and is_in = 1 and coalesce(banned_until, 0) <= $at
      and case kind when 'public' then $public or (is_invited and $proven) else $proven end
    order by archived, room_id limit ${limits.maxListedRooms}`,
  // Whoever makes very many must not crowd out the others: the rooms of guests come last, and of one maker's one after the other.
  others: `
    select ${summaryColumns} from rooms left join memberships on room_id = rooms.id and user_id = $user
      left join users as makers on makers.id = created_by
    where kind = 'public' and $public and coalesce(is_in, 0) = 0 and coalesce(memberships.banned_until, 0) <= $at
      and archived = $archived
    order by address <> '${lobby}' and coalesce(makers.role, 'guest') = 'guest',
      row_number() over (partition by created_by order by rooms.id), rooms.id limit $limit`,
  summary: `
    select ${summaryColumns} from rooms left join memberships on room_id = rooms.id and user_id = $user
    where address = $room and coalesce(banned_until, 0) <= $at
      and case when kind = 'public' and $public then 1 when kind = 'public' then is_in and is_invited and $proven
        else is_in and $proven end`,
  peopleIn: `
    select users.id, name, image from memberships join users on users.id = user_id
    where room_id = ? and user_id <> ? order by user_id`,
  members: `
    select users.id as "userId", users.name as "userName", users.image as "userImage", users.role as "serverRole",
      memberships.role, muted_until as "mutedUntil", memberships.banned_until as "bannedUntil"
    from memberships join users on users.id = user_id
    where room_id = (select id from rooms where address = ?) and user_id > ?
      and case when memberships.banned_until > ? then ?
        else is_in or (is_request and (select kind from rooms where id = room_id) = 'direct') end
    order by user_id limit ?`,
  acts: `
    select acts.id, acts.type, at, data, undone_by as "undoneBy", address as room, coalesce(deleted_kind, kind) as kind,
      (select is_in from memberships where room_id = acts.room_id and user_id = ?) as "isIn",
      exists (select 1 from removed where act_id = acts.id) as "isKept",
      doer.id as "byId", doer.name as "byName", doer.image as "byImage",
      users.id as "userId", users.name as "userName", users.image as "userImage"
    from acts left join users as doer on doer.id = by_id left join users on users.id = acts.user_id
      left join rooms on rooms.id = room_id
    where acts.id < ? order by acts.id desc limit ?`,
  // From the index alone: a text is never read, however long it is.
  unread: `
    select count(*) as n from (
      select 1 from (
        select user_id, deleted from entries indexed by entries_chat
        where room_id = ? and id > ? and type = 'chat' order by id desc limit ${mostLookedAt}
      ) where user_id <> ? and deleted = 0 limit ${mostCounted}
    )`,
  mentions: `
    select count(*) as n from (
      select 1 from mentions where room_id = ? and message_id > ? and user_id = ? limit ${mostCounted}
    )`,
}

export interface ListReads {
  rooms(viewer: Viewer): RoomSummary[]
  roomSummary(viewer: Viewer, room: string): RoomSummary | undefined
  members(room: string, page: { after: number; limit: number; isWithBanned: boolean }): RoomMember[]
  knownUsers(viewer: Viewer, find: string, limit: number): User[]
  accounts(find: string, limit: number): ListedAccount[]
  invitations(room: string, at: number): Invite[]
  auditLog(viewer: Viewer, before: number | undefined, limit: number): AuditRecord[]
}

export function listReads(database: DatabaseSync, read: Rows = rows(database)): ListReads {
  const { one, all } = read

  return {
    rooms(viewer) {
      // Of very many, those that the viewer belongs to come first.
      const own = summaries(listSql.belonging, seenBy(viewer))
      const places = limits.maxListedRooms - own.filter(({ archived }) => !archived).length
      const seen = withoutProof(seenBy(viewer))
      const others = summaries(listSql.others, { ...seen, archived: 0, limit: places })
      // Those that are only kept take no place of those that are in use.
      const archived = summaries(listSql.others, { ...seen, archived: 1, limit: limits.maxListedArchived })
      return [...own, ...others, ...archived].sort((a, b) => a.id - b.id).map((row) => summaryOf(row, viewer.user))
    },

    roomSummary(viewer, room) {
      const [row] = summaries(listSql.summary, { ...seenBy(viewer), room })
      return row && summaryOf(row, viewer.user)
    },

    members(room, { after, limit, isWithBanned }) {
      const now = Date.now()
      return all<MemberRow>(listSql.members, room, after, now, Number(isWithBanned), limit).map(
        ({ serverRole, role, mutedUntil, bannedUntil, ...user }) => ({
          user: userOf(user),
          serverRole,
          role,
          ...((mutedUntil ?? 0) > now && { mutedUntil: mutedUntil ?? 0 }),
          ...((bannedUntil ?? 0) > now && { bannedUntil: bannedUntil ?? 0 }),
        }),
      )
    },

    knownUsers(viewer, find, limit) {
      return all<User>(listSql.known, find, find, ...knownValues(viewer, Date.now()), limit)
    },

    accounts(find, limit) {
      return all<User & Pick<ListedAccount, 'role'> & { bannedUntil: number | null; seenAt: number | null }>(
        listSql.people,
        find,
        find,
        limit,
      ).map(({ role, bannedUntil, seenAt, ...user }) => ({
        user,
        role,
        bannedUntil: bannedUntil ?? undefined,
        seenAt: seenAt ?? undefined,
      }))
    },

    invitations(room, at) {
      const made = all<Omit<Invite, 'by'> & UserColumns>(listSql.invites, room, at).map(
        ({ id, at, expiresAt, usesLeft, ...user }) => ({ id, by: userOf(user), at, expiresAt, usesLeft }),
      )
      return made.filter(({ by }) => stillCounts(one, { type: 'invite', byId: by.id, userId: null, room }, at))
    },

    auditLog({ user }, before, limit) {
      return all<ActRow>(listSql.acts, user.id, before ?? Number.MAX_SAFE_INTEGER, limit).map(actOf)
    },
  }

  function unreadIn(roomId: number, { read, last }: Pick<RoomSummary, 'read' | 'last'>, { id }: User): Unread {
    const count = (sql: string) => (read < last && one<{ n: number }>(sql, roomId, read, id)?.n) || 0
    return { unread: count(listSql.unread), mentions: count(listSql.mentions) }
  }

  function summaryOf(row: SummaryRow, user: User): RoomSummary {
    const { id, room, name, topic, kind, last, read, role, isIn, mutedUntil, people } = row
    return {
      room,
      name,
      topic,
      ...(kind !== 'public' && { kind }),
      ...(people !== null && { people: all<User>(listSql.peopleIn, id, user.id) }),
      last,
      read,
      ...(role === 'moderator' && { role, ...(row.isCreator && { isCreator: true }) }),
      ...(isIn === 0 && { left: true }),
      ...(row.isRequest && { request: true }),
      ...(row.readOnly && { readOnly: true }),
      ...(row.slowMs && { slowMs: row.slowMs }),
      ...(row.archived && { archived: true }),
      ...((mutedUntil ?? 0) > Date.now() && { mutedUntil: mutedUntil ?? 0 }),
      ...unreadIn(id, row, user),
    }
  }

  function summaries(sql: string, values: Record<string, SQLInputValue>): SummaryRow[] {
    return all<SummaryRow>(sql, values)
  }
}

interface SummaryRow extends Pick<RoomSummary, 'room' | 'name' | 'topic' | 'last' | 'read'> {
  id: number
  kind: 'public' | 'private' | 'direct'
  readOnly: number
  slowMs: number
  archived: number
  people: string | null
  role: RoomRole | null
  isCreator: number | null
  isIn: number | null
  isRequest: number | null
  mutedUntil: number | null
}

interface MemberRow extends UserColumns {
  serverRole: ServerRole
  role: RoomRole
  mutedUntil: number | null
  bannedUntil: number | null
}

interface ActRow {
  id: number
  room: string | null
  kind: 'public' | 'private' | 'direct' | null
  byId: number | null
  byName: string | null
  byImage: number | null
  userId: number | null
  userName: string | null
  userImage: number | null
  type: ModerationActionType
  at: number
  data: string
  undoneBy: number | null
  isIn: number | null
  /** Whether what it took away can be brought back. */
  isKept: number
}

/** Each as long as all is as it has left it, which is seen when it is undone. */
const undoable: readonly ModerationActionType[] = [
  'kick',
  'mute',
  'ban',
  'ban-range',
  'role',
  'change',
  'add',
  'invite',
]
const takesAway: readonly ModerationActionType[] = ['delete', 'purge']

function actOf({ id, type, at, data, undoneBy, room, kind, isIn, isKept, ...row }: ActRow): AuditRecord {
  const by = personOf(row.byId, row.byName, row.byImage)
  const user = personOf(row.userId, row.userName, row.userImage)
  const isHidden = kind !== null && kind !== 'public' && !isIn
  return {
    id,
    type: isHidden ? 'hidden' : type,
    at,
    ...(by && { by }),
    ...(user && { user }),
    ...(room !== null && !isHidden && { room }),
    data: isHidden ? {} : JSON.parse(data),
    undoable: undoneBy === null && !isHidden && (takesAway.includes(type) ? isKept === 1 : undoable.includes(type)),
    ...(undoneBy !== null && { undoneBy }),
  }
}

/** A parameter that a statement does not have is refused. */
function withoutProof({ proven: _, ...rest }: ReturnType<typeof seenBy>) {
  return rest
}

function seenBy({ user, isVerified, canViewPublic }: Viewer) {
  return { user: user.id, at: Date.now(), public: Number(canViewPublic), proven: Number(isVerified) }
}

type Unread = Pick<RoomSummary, 'unread' | 'mentions'>
