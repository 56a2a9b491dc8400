/** What is found by a key: a few rows by an index, on the thread that asks. */
import type { ServerRole, User } from '../../shared/protocol.ts'
import { personOf, type UserColumns, userOf } from './sqlite-entries.ts'
import { type MadeLink, stillCounts } from './sqlite-links.ts'
import type { Rows } from './sqlite-rows.ts'
import { type StandingRow, standingOf, standingSql } from './sqlite-standing.ts'
import type {
  Account,
  BannedRange,
  ClockNote,
  Link,
  LinkType,
  ListedSession,
  Membership,
  StoredSession,
} from './store.ts'

/** What is read. Exported for the test of the query plans. */
export const sql = {
  user: 'select 1 from users where name = ?',
  accountLike: `
    select id, name, image, role, password_hash as "passwordHash", banned_until as "bannedUntil"
    from users where skeleton = ? and role <> 'guest'`,
  accountNamed: `
    select id, name, image, role, password_hash as "passwordHash", banned_until as "bannedUntil"
    from users where name = ? and role <> 'guest'`,
  account: `
    select id, name, image, role, password_hash as "passwordHash", banned_until as "bannedUntil" from users where id = ?`,
  session: `
    select sessions.id, started_at as "startedAt", seen_at as "seenAt", is_proven as "isVerified", users.role,
      users.id as "userId", name as "userName", image as "userImage"
    from sessions join users on users.id = user_id where token_hash = ?`,
  sessions: `
    select id, started_at as "startedAt", seen_at as "seenAt", is_proven as "isVerified", agent, address
    from sessions where user_id = ?`,
  link: `
    select links.id, type, users.id as "userId", users.name as "userName", users.image as "userImage",
      address as room, rooms.name as "roomName", kind, maker.id as "byId", maker.name as "byName", maker.image as "byImage"
    from links left join users on users.id = user_id left join rooms on rooms.id = room_id
      left join users as maker on maker.id = made_by
    where token_hash = ? and uses_left > 0 and expires_at > ?`,
  owner: `select 1 from users where role = 'owner'`,
  room: 'select 1 from rooms where address = ?',
  standing: standingSql,
  time: 'select at from entries where room_id = (select id from rooms where address = ?) and id = ?',
  unfinished: `
    select cast(substr(key, 5) as integer) as id from meta where key glob 'act *' order by key`,
  blocked: `
    select users.id, name, image from blocks join users on users.id = blocked_id where blocks.user_id = ?
    order by blocked_id`,
  ranges: 'select range, until from banned_ranges where until > ?',
  read: `
    select read_to as id from memberships
    where user_id = ? and room_id = (select id from rooms where address = ?)`,
}

export interface Lookups {
  clockNote(): ClockNote | undefined
  hasUser(name: string): boolean
  hasOwner(): boolean
  account(userId: number): Account | undefined
  claimedAccount(skeleton: string, name?: string): Account | undefined
  blockedUsers(userId: number): User[]
  session(tokenHash: Uint8Array): StoredSession | undefined
  sessionsOf(userId: number): ListedSession[]
  link(tokenHash: Uint8Array, at: number): Link | undefined
  hasRoom(address: string): boolean
  membership(userId: number, room: string): Membership | undefined
  readMark(userId: number, room: string): number | undefined
  unfinishedActions(): number[]
  bannedRanges(at: number): BannedRange[]
  timeOf(room: string, id: number): number
}

export function lookups({ one, all }: Pick<Rows, 'one' | 'all'>): Lookups {
  return {
    clockNote() {
      const note = one<{ value: string }>(`select value from meta where key = 'clock'`)
      return note && JSON.parse(note.value)
    },

    hasUser: (name) => all(sql.user, name).length > 0,
    hasOwner: () => all(sql.owner).length > 0,
    account: (userId) => account(sql.account, userId),

    claimedAccount(skeleton, name) {
      const exact = name === undefined ? undefined : account(sql.accountNamed, name)
      return exact ?? account(sql.accountLike, skeleton)
    },

    blockedUsers: (userId) => all<User>(sql.blocked, userId),

    session(tokenHash) {
      const [found] = all<SessionRow & UserColumns>(sql.session, tokenHash)
      if (!found) return undefined
      const { id, role, isVerified, startedAt, seenAt } = found
      return { id, user: userOf(found), role, isVerified: isVerified === 1, startedAt, seenAt }
    },

    sessionsOf(userId) {
      const sessions = all<Omit<ListedSession, 'isVerified'> & { isVerified: number }>(sql.sessions, userId)
      return sessions
        .map(({ isVerified, ...session }) => ({ ...session, isVerified: isVerified === 1 }))
        .sort((a, b) => b.seenAt - a.seenAt || b.id - a.id)
    },

    link(tokenHash, at) {
      const found = one<LinkRow>(sql.link, tokenHash, at)
      if (!found || !stillCounts(one, found satisfies MadeLink, at)) return undefined
      const { id, type, room, roomName, kind, byId, byName, byImage, userId, userName, userImage } = found
      return {
        id,
        type,
        user: personOf(userId, userName, userImage),
        room: room === null ? undefined : { room, name: roomName ?? '', kind: kind ?? 'public' },
        by: personOf(byId, byName, byImage),
      }
    },

    hasRoom: (address) => all(sql.room, address).length > 0,

    membership(userId, room) {
      const row = one<StandingRow>(standingSql, userId, room)
      return row && standingOf(row, Date.now())
    },

    readMark: (userId, room) => one<{ id: number }>(sql.read, userId, room)?.id,
    unfinishedActions: () => all<{ id: number }>(sql.unfinished).map(({ id }) => id),
    bannedRanges: (at) => all<BannedRange>(sql.ranges, at),
    timeOf: (room, id) => one<{ at: number }>(sql.time, room, id)?.at ?? 0,
  }

  function account(text: string, value: string | number): Account | undefined {
    const row = one<User & Pick<Account, 'role'> & { passwordHash: string | null; bannedUntil: number | null }>(
      text,
      value,
    )
    if (!row) return undefined
    const { role, passwordHash, bannedUntil, ...user } = row
    return { user, role, passwordHash: passwordHash ?? undefined, bannedUntil: bannedUntil ?? undefined }
  }
}

interface SessionRow {
  id: number
  role: ServerRole
  isVerified: number
  startedAt: number
  seenAt: number
}

interface LinkRow {
  id: number
  type: LinkType
  room: string | null
  roomName: string | null
  kind: 'public' | 'private' | 'direct' | null
  byId: number | null
  byName: string | null
  byImage: number | null
  userId: number | null
  userName: string | null
  userImage: number | null
}
