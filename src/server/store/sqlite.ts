import { existsSync, mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import type { Mentioned } from '../../shared/mentions.ts'
import {
  type Act,
  type ActType,
  type Entry,
  type HouseRole,
  type Invite,
  limits,
  type Message,
  type Place,
  type RoomMember,
  type RoomRole,
  type RoomSummary,
  type User,
} from '../../shared/protocol.ts'
import { GroupCommit } from './group-commit.ts'
import { SqliteHealth } from './sqlite-health.ts'
import { knownSql, knownValues } from './sqlite-known.ts'
import { type MadeLink, stillCounts } from './sqlite-links.ts'
import type { EntryColumns } from './sqlite-log.ts'
import { configure, migrate } from './sqlite-schema.ts'
import { type StandingRow, standingOf, standingSql } from './sqlite-standing.ts'
import type {
  Account,
  Appended,
  BannedRange,
  EntryContent,
  Link,
  LinkType,
  ListedSession,
  NewAct,
  NewEntry,
  NewLink,
  NewRoom,
  Page,
  Person,
  Store,
  StoredSession,
  StoreWatcher,
  Viewer,
} from './store.ts'

/**
 * The store in one SQLite file, `teahouse.db` in the data folder, which belongs to one process at a time.
 * @throws Error in one line when the folder cannot be used, is in use, or holds data of a newer version
 */
export function openSqliteStore(dataDir: string, watcher?: StoreWatcher): Store {
  const lock = lockFolder(dataDir)
  const path = join(dataDir, 'teahouse.db')
  try {
    const database = new DatabaseSync(path)
    configure(database)
    migrate(database)
    database.close()
  } catch (error) {
    lock.close()
    throw new Error(`${path} cannot be used: ${(error as Error).message}`)
  }
  return new SqliteStore(path, lock, watcher)
}

/** Two processes that hear nothing of each other must not share a log. The lock ends with its process, however that ends. */
function lockFolder(dataDir: string): DatabaseSync {
  let lock: DatabaseSync | undefined
  try {
    makeFolder(dataDir)
    lock = new DatabaseSync(join(dataDir, 'lock'))
    lock.exec('begin exclusive')
    return lock
  } catch (error) {
    lock?.close()
    const { errcode, message } = error as Error & { errcode?: number }
    throw new Error(
      errcode === 5 ? `${dataDir} is in use by another Teahouse.` : `${dataDir} cannot be used: ${message}`,
    )
  }
}

/** Node's own `recursive` never ends below a folder in which nothing can be made, such as /proc. */
function makeFolder(path: string): void {
  if (existsSync(path)) return
  makeFolder(dirname(path))
  mkdirSync(path)
}

const entryColumns = `
  entries.id, rooms.address as room, entries.type, entries.at, entries.data, entries.ref, entries.is_on as "isOn",
  mentions, users.id as "userId", users.name as "userName", users.image as "userImage"`
const joined = `
  join rooms on rooms.id = entries.room_id join users on users.id = entries.user_id
  where rooms.address = ?`

/** Names that begin so, whatever the case of ASCII; takes the beginning twice. */
const beginsWith = `name collate nocase >= ? and name collate nocase < ? || char(1114111)`

const summaryColumns = `
  rooms.id, address as room, rooms.name, topic, kind, last, read_only as "readOnly", slow_ms as "slowMs", archived,
  people, coalesce(read_to, last) as read, role, created_by = $user as "isMaker", is_in as "isIn",
  muted_until as "mutedUntil"`

/** Only so many unread messages and mentions are counted, of no more than so many of the newest messages. */
const mostCounted = 1_000
const mostLookedAt = 10_000

/** What is read. Exported for the test of the query plans. */
export const sql = {
  user: 'select 1 from users where name = ?',
  accountLike: `
    select id, name, image, role, password_hash as "passwordHash", banned_until as "bannedUntil"
    from users where skeleton = ? and role <> 'guest'`,
  account: `
    select id, name, image, role, password_hash as "passwordHash", banned_until as "bannedUntil" from users where id = ?`,
  people: `
    select id, name, image, role, banned_until as "bannedUntil",
      (select max(seen_at) from sessions where user_id = users.id) as "seenAt"
    from users where ${beginsWith} order by name collate nocase limit ?`,
  known: `
    select id, name, image from users where ${beginsWith} and ${knownSql}
    order by name collate nocase limit ?`,
  session: `
    select sessions.id, started_at as "startedAt", seen_at as "seenAt", is_proven as "isProven", users.role,
      users.id as "userId", name as "userName", image as "userImage"
    from sessions join users on users.id = user_id where token_hash = ?`,
  sessions: `
    select id, started_at as "startedAt", seen_at as "seenAt", is_proven as "isProven", agent, address
    from sessions where user_id = ?`,
  link: `
    select links.id, type, users.id as "userId", users.name as "userName", users.image as "userImage",
      address as room, rooms.name as "roomName", kind, maker.id as "byId", maker.name as "byName", maker.image as "byImage"
    from links left join users on users.id = user_id left join rooms on rooms.id = room_id
      left join users as maker on maker.id = made_by
    where token_hash = ? and uses_left > 0 and expires_at > ?`,
  invites: `
    select links.id, users.id as "userId", users.name as "userName", users.image as "userImage",
      made_at as at, expires_at as "expiresAt", uses_left as "usesLeft"
    from links join users on users.id = made_by
    where type = 'invite' and room_id = (select id from rooms where address = ?) and uses_left > 0 and expires_at > ?
    order by links.id desc limit ${limits.listedMembers}`,
  owner: `select 1 from users where role = 'owner'`,
  room: 'select 1 from rooms where address = ?',
  standing: standingSql,
  belonging: `
    select ${summaryColumns} from memberships join rooms on rooms.id = room_id
    where user_id = $user and is_in = 1 and coalesce(banned_until, 0) <= $at
      and case kind when 'public' then $public or (is_invited and $proven) else $proven end
    order by room_id limit ${limits.listedRooms}`,
  others: `
    select ${summaryColumns} from rooms left join memberships on room_id = rooms.id and user_id = $user
    where kind = 'public' and $public and coalesce(is_in, 0) = 0 and coalesce(banned_until, 0) <= $at
    order by rooms.id limit $limit`,
  summary: `
    select ${summaryColumns} from rooms left join memberships on room_id = rooms.id and user_id = $user
    where address = $room and coalesce(banned_until, 0) <= $at
      and case when kind = 'public' and $public then 1 when kind = 'public' then is_in and is_invited and $proven
        else is_in and $proven end`,
  peopleIn: `
    select users.id, name, image from memberships join users on users.id = user_id
    where room_id = ? and user_id <> ? order by user_id`,
  members: `
    select users.id as "userId", users.name as "userName", users.image as "userImage", users.role as house,
      memberships.role, muted_until as "mutedUntil", memberships.banned_until as "bannedUntil"
    from memberships join users on users.id = user_id
    where room_id = (select id from rooms where address = ?) and user_id > ?
      and case when memberships.banned_until > ? then ? else is_in end
    order by user_id limit ?`,
  acts: `
    select acts.id, acts.type, at, data, undone_by as "undoneBy", address as room, kind,
      (select is_in from memberships where room_id = acts.room_id and user_id = ?) as "isIn",
      exists (select 1 from removed where act_id = acts.id) as "isKept",
      doer.id as "byId", doer.name as "byName", doer.image as "byImage",
      users.id as "userId", users.name as "userName", users.image as "userImage"
    from acts left join users as doer on doer.id = by_id left join users on users.id = acts.user_id
      left join rooms on rooms.id = room_id
    where acts.id < ? order by acts.id desc limit ?`,
  unfinished: `
    select cast(substr(key, 5) as integer) as id from meta where key glob 'act *' order by key`,
  ranges: 'select range, until from banned_ranges where until > ?',
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
  read: `
    select read_to as id from memberships
    where user_id = ? and room_id = (select id from rooms where address = ?)`,
  last: 'select last from rooms where address = ?',
  after: `select ${entryColumns} from entries ${joined} and entries.id > ? order by entries.id limit ?`,
  newer: `
    select ${entryColumns} from entries indexed by entries_chat ${joined}
    and entries.type = 'chat' and entries.id > ? order by entries.id limit ?`,
  older: `
    select ${entryColumns} from entries indexed by entries_chat ${joined}
    and entries.type = 'chat' and entries.id < ? order by entries.id desc limit ?`,
  edits: `
    select entries.ref, entries.data, entries.at, mentions from (
      select room_id, max(id) as id from entries indexed by entries_edit
      where room_id = (select id from rooms where address = ?) and type = 'edit' and ref between ? and ? group by ref
    ) as newest join entries on entries.room_id = newest.room_id and entries.id = newest.id`,
  reactions: `
    select message_id as "ref", data, user_id as "userId" from reactions
    where room_id = (select id from rooms where address = ?) and message_id between ? and ?
    order by message_id, data, id`,
}

class SqliteStore implements Store {
  #epoch: string
  readonly failed: Promise<Error>
  readonly #writer: GroupCommit
  readonly #health: SqliteHealth
  readonly #reader: DatabaseSync
  readonly #lock: DatabaseSync
  readonly #statements = new Map<string, StatementSync>()

  constructor(path: string, lock: DatabaseSync, watcher: StoreWatcher | undefined) {
    this.#lock = lock
    this.#writer = new GroupCommit(path, watcher)
    this.#reader = new DatabaseSync(path, { readOnly: true })
    this.#health = new SqliteHealth(path, this.#writer)
    this.failed = this.#writer.failed
    this.#epoch = this.#all<{ value: string }>(`select value from meta where key = 'epoch'`)[0]?.value ?? ''
  }

  get epoch() {
    return this.#epoch
  }

  fault() {
    return this.#health.fault()
  }

  guestNamed(name: string, skeleton: string) {
    return this.#writer.write('guestNamed', name, skeleton, Date.now())
  }

  async hasUserNamed(name: string) {
    return this.#all(sql.user, name).length > 0
  }

  async accountLike(skeleton: string) {
    return this.#account(sql.accountLike, skeleton)
  }

  async account(userId: number) {
    return this.#account(sql.account, userId)
  }

  setPassword(change: Parameters<Store['setPassword']>[0]) {
    return this.#writer.write('setPassword', change)
  }

  async people(find: string, limit: number): Promise<Person[]> {
    return this.#all<User & Pick<Person, 'role'> & { bannedUntil: number | null; seenAt: number | null }>(
      sql.people,
      find,
      find,
      limit,
    ).map(({ role, bannedUntil, seenAt, ...user }) => ({
      user,
      role,
      bannedUntil: bannedUntil ?? undefined,
      seenAt: seenAt ?? undefined,
    }))
  }

  async startSession({ tokenHash, user, at, ...more }: Parameters<Store['startSession']>[0]) {
    const row = { tokenHash, userId: user.id, at, ...more }
    const { id, role, isProven, ended } = await this.#writer.write('startSession', row)
    return { session: { id, user, role, isProven, startedAt: at, seenAt: at }, ended }
  }

  async findSession(tokenHash: Uint8Array): Promise<StoredSession | undefined> {
    const [found] = this.#all<SessionRow & UserColumns>(sql.session, tokenHash)
    if (!found) return undefined
    const { id, role, isProven, startedAt, seenAt } = found
    return { id, user: userOf(found), role, isProven: isProven === 1, startedAt, seenAt }
  }

  touchSession(id: number, { at, agent, address }: Parameters<Store['touchSession']>[1]) {
    return this.#writer.write('touchSession', id, at, agent, address)
  }

  async sessionsOf(userId: number): Promise<ListedSession[]> {
    const sessions = this.#all<Omit<ListedSession, 'isProven'> & { isProven: number }>(sql.sessions, userId)
    return sessions
      .map(({ isProven, ...session }) => ({ ...session, isProven: isProven === 1 }))
      .sort((a, b) => b.seenAt - a.seenAt || b.id - a.id)
  }

  endSession(id: number) {
    return this.#writer.write('endSession', id)
  }

  keepSessions(ids: readonly number[], at: number) {
    return this.#writer.write('keepSessions', ids, at)
  }

  endSessionsBefore(startedAt: number, seenAt = 0) {
    return this.#writer.write('endSessionsBefore', startedAt, seenAt)
  }

  makeLink(link: NewLink) {
    return this.#writer.write('makeLink', link)
  }

  async findLink(tokenHash: Uint8Array, at: number): Promise<Link | undefined> {
    const found = this.#one<LinkRow>(sql.link, tokenHash, at)
    if (!found || !this.#counts(found, at)) return undefined
    const { id, type, room, roomName, kind, byId, byName, byImage, userId, userName, userImage } = found
    return {
      id,
      type,
      user: personOf(userId, userName, userImage),
      room: room === null ? undefined : { room, name: roomName ?? '', kind: kind ?? 'public' },
      by: personOf(byId, byName, byImage),
    }
  }

  becomeOwner(use: Parameters<Store['becomeOwner']>[0]) {
    return this.#writer.write('becomeOwner', use)
  }

  passwordByLink(use: Parameters<Store['passwordByLink']>[0]) {
    return this.#writer.write('passwordByLink', use)
  }

  joinByLink({ session, ...use }: Parameters<Store['joinByLink']>[0]) {
    const row = session && { ...session, userId: session.user.id }
    return this.#writer.write('joinByLink', { ...use, ...(row && { session: row }) })
  }

  async invites(room: string, at: number): Promise<Invite[]> {
    const made = this.#all<Omit<Invite, 'by'> & UserColumns>(sql.invites, room, at).map(
      ({ id, at, expiresAt, usesLeft, ...user }) => ({ id, by: userOf(user), at, expiresAt, usesLeft }),
    )
    return made.filter(({ by }) => this.#counts({ type: 'invite', byId: by.id, userId: null, room }, at))
  }

  async hasOwner() {
    return this.#all(sql.owner).length > 0
  }

  async hasRoom(address: string) {
    return this.#all(sql.room, address).length > 0
  }

  openRoom(address: string, at: number, by?: User) {
    return this.#writer.write('openRoom', address, at, by?.id ?? null)
  }

  createRoom(room: NewRoom) {
    return this.#writer.write('createRoom', room)
  }

  async standing(userId: number, room: string) {
    const [row] = this.#all<StandingRow>(standingSql, userId, room)
    return row && standingOf(row, Date.now())
  }

  enter(userId: number, room: string, isProven = true) {
    return this.#writer.write('enter', userId, room, Date.now(), isProven)
  }

  async members(room: string, { after, limit, isWithBanned }: Parameters<Store['members']>[1]): Promise<RoomMember[]> {
    const now = Date.now()
    return this.#all<MemberRow>(sql.members, room, after, now, Number(isWithBanned), limit).map(
      ({ house, role, mutedUntil, bannedUntil, ...user }) => ({
        user: userOf(user),
        house,
        role,
        ...((mutedUntil ?? 0) > now && { mutedUntil: mutedUntil ?? 0 }),
        ...((bannedUntil ?? 0) > now && { bannedUntil: bannedUntil ?? 0 }),
      }),
    )
  }

  async usersKnownTo(viewer: Viewer, find: string, limit: number) {
    return this.#all<User>(sql.known, find, find, ...knownValues(viewer, Date.now()), limit)
  }

  async rooms(viewer: Viewer): Promise<RoomSummary[]> {
    // Of very many, those that he belongs to come first.
    const own = this.#summaries(sql.belonging, seenBy(viewer))
    const limit = limits.listedRooms - own.length
    const others = this.#summaries(sql.others, { ...withoutProof(seenBy(viewer)), limit })
    return [...own, ...others].sort((a, b) => a.id - b.id).map((row) => this.#summaryOf(row, viewer.user))
  }

  async summary(viewer: Viewer, room: string): Promise<RoomSummary | undefined> {
    const [row] = this.#summaries(sql.summary, { ...seenBy(viewer), room })
    return row && this.#summaryOf(row, viewer.user)
  }

  read(user: User, room: string, id: number, isProven = true) {
    return this.#writer.write('read', user.id, room, id, isProven)
  }

  async readMark(user: User, room: string) {
    return this.#all<{ id: number }>(sql.read, user.id, room)[0]?.id
  }

  act(act: NewAct) {
    return this.#writer.write('act', act)
  }

  proceed(act: number, at: number) {
    return this.#writer.write('proceed', act, at)
  }

  async unfinishedActs() {
    return this.#all<{ id: number }>(sql.unfinished).map(({ id }) => id)
  }

  async acts({ user }: Viewer, before: number | undefined, limit: number): Promise<Act[]> {
    return this.#all<ActRow>(sql.acts, user.id, before ?? Number.MAX_SAFE_INTEGER, limit).map(actOf)
  }

  forget(at: number, removedBefore: number) {
    return this.#writer.write('forget', at, removedBefore)
  }

  async bannedRanges(at: number) {
    return this.#all<BannedRange>(sql.ranges, at)
  }

  async append(entry: NewEntry): Promise<Appended> {
    const { user, unproven, onlyInvited, room, key, at, ...content } = entry
    const sight = { isProven: !unproven, seesPublic: !onlyInvited }
    const row = { ...columnsOf(content), room, key, at, userId: user.id, ...sight }
    const { isNew, id, at: storedAt, act, back, mentioned } = await this.#writer.write('append', row)
    return {
      isNew,
      act,
      entry: { id, room, user, at: storedAt, ...withoutUndefined(content), ...mentionsOf(mentioned) } as Entry,
      effects: back.map((user) => ({ type: 'standing', user, room, kind: 'direct', isIn: true, sees: true })),
    }
  }

  async entriesAfter(room: string, after: number, limit: number): Promise<Entry[]> {
    return this.#all<EntryRow>(sql.after, room, after, limit).map(entryOf)
  }

  async messages(room: string, { before, after, around }: Place, limit: number): Promise<Page> {
    // Read first: an entry stored in between is then in the page and after `last` as well, and applying it twice changes
    // nothing.
    const last = this.#all<{ last: number }>(sql.last, room)[0]?.last ?? 0
    if (after !== undefined) return { last, ...this.#newer(room, after, limit) }
    if (around === undefined) return { last, ...this.#older(room, before ?? last + 1, limit) }
    const older = this.#older(room, around, Math.floor(limit / 2))
    const newer = this.#newer(room, around - 1, limit - older.messages.length)
    return { last, messages: [...older.messages, ...newer.messages], more: older.more }
  }

  async close() {
    // The writer goes last: only the last connection moves the WAL into the database, and a reader cannot.
    this.#reader.close()
    await this.#writer.close()
    this.#lock.close()
  }

  #older(room: string, before: number, limit: number): Omit<Page, 'last'> {
    const rows = this.#all<EntryRow>(sql.older, room, before, limit + 1)
    return { messages: this.#fold(room, rows.slice(0, limit).reverse()), more: rows.length > limit }
  }

  #newer(room: string, after: number, limit: number): Omit<Page, 'last'> {
    const rows = this.#all<EntryRow>(sql.newer, room, after, limit + 1)
    return { messages: this.#fold(room, rows.slice(0, limit)), more: rows.length > limit }
  }

  /** Messages as they stand now: their entries with the newest edit of each and the reactions that are given. */
  #fold(room: string, rows: EntryRow[]): Message[] {
    const [first, last] = [rows[0], rows.at(-1)]
    if (!first || !last) return []
    const messages = new Map(rows.map((row) => [row.id, entryOf(row) as Message]))
    const edits = this.#all<EditRow>(sql.edits, room, first.id, last.id)
    for (const { ref, data, at, mentions } of edits) {
      const message = messages.get(ref)
      if (!message || message.deleted) continue
      delete message.mentions
      Object.assign(message, { data, edited: at, ...mentionsFrom(mentions) })
    }
    const reactions = this.#all<{ ref: number; data: string; userId: number }>(sql.reactions, room, first.id, last.id)
    for (const { ref, data, userId } of reactions) {
      const message = messages.get(ref)
      if (!message) continue
      message.reactions ??= {}
      const users = Object.hasOwn(message.reactions, data) ? message.reactions[data] : undefined
      if (users) users.push(userId)
      else Object.defineProperty(message.reactions, data, { value: [userId], enumerable: true, writable: true })
    }
    return [...messages.values()]
  }

  #unread(roomId: number, { read, last }: Pick<RoomSummary, 'read' | 'last'>, { id }: User): Unread {
    const count = (sql: string) => (read < last && this.#one<{ n: number }>(sql, roomId, read, id)?.n) || 0
    return { unread: count(sql.unread), mentions: count(sql.mentions) }
  }

  #summaryOf(row: SummaryRow, user: User): RoomSummary {
    const { id, room, name, topic, kind, last, read, role, isIn, mutedUntil, people } = row
    return {
      room,
      name,
      topic,
      ...(kind !== 'public' && { kind }),
      ...(people !== null && { people: this.#all<User>(sql.peopleIn, id, user.id) }),
      last,
      read,
      ...(role === 'moderator' && { role, ...(row.isMaker && { isMaker: true }) }),
      ...(isIn === 0 && { left: true }),
      ...(row.readOnly && { readOnly: true }),
      ...(row.slowMs && { slowMs: row.slowMs }),
      ...(row.archived && { archived: true }),
      ...((mutedUntil ?? 0) > Date.now() && { mutedUntil: mutedUntil ?? 0 }),
      ...this.#unread(id, row, user),
    }
  }

  #summaries(sql: string, values: Record<string, SQLInputValue>): SummaryRow[] {
    return this.#prepared(sql).all(values) as unknown as SummaryRow[]
  }

  #account(sql: string, value: string | number): Account | undefined {
    const [row] = this.#all<User & Pick<Account, 'role'> & { passwordHash: string | null; bannedUntil: number | null }>(
      sql,
      value,
    )
    if (!row) return undefined
    const { role, passwordHash, bannedUntil, ...user } = row
    return { user, role, passwordHash: passwordHash ?? undefined, bannedUntil: bannedUntil ?? undefined }
  }

  #counts(link: MadeLink, at: number): boolean {
    return stillCounts((sql, ...values) => this.#one(sql, ...values), link, at)
  }

  #one<Row>(sql: string, ...values: SQLInputValue[]): Row | undefined {
    return this.#prepared(sql).get(...values) as Row | undefined
  }

  #all<Row>(sql: string, ...values: SQLInputValue[]): Row[] {
    return this.#prepared(sql).all(...values) as Row[]
  }

  #prepared(sql: string): StatementSync {
    const statement = this.#statements.get(sql) ?? this.#reader.prepare(sql)
    this.#statements.set(sql, statement)
    return statement
  }
}

interface SessionRow {
  id: number
  role: HouseRole
  isProven: number
  startedAt: number
  seenAt: number
}

interface SummaryRow extends Pick<RoomSummary, 'room' | 'name' | 'topic' | 'last' | 'read'> {
  id: number
  kind: 'public' | 'private' | 'direct'
  readOnly: number
  slowMs: number
  archived: number
  people: string | null
  role: RoomRole | null
  isMaker: number | null
  isIn: number | null
  mutedUntil: number | null
}

interface MemberRow extends UserColumns {
  house: HouseRole
  role: RoomRole
  mutedUntil: number | null
  bannedUntil: number | null
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

interface ActRow extends Omit<LinkRow, 'type' | 'roomName'> {
  type: ActType
  at: number
  data: string
  undoneBy: number | null
  isIn: number | null
  /** Whether what it took away can be brought back. */
  isKept: number
}

/** Each as long as all is as it has left it, which is seen when it is undone. */
const undoable: readonly ActType[] = ['kick', 'mute', 'ban', 'ban-range', 'role', 'change', 'add', 'invite']
const takesAway: readonly ActType[] = ['delete', 'purge']

function actOf({ id, type, at, data, undoneBy, room, kind, isIn, isKept, ...row }: ActRow): Act {
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

function personOf(id: number | null, name: string | null, image: number | null): User | undefined {
  return id === null ? undefined : { id, name: name ?? '', image: image ?? 0 }
}

/** A parameter that a statement does not have is refused. */
function withoutProof({ proven: _, ...rest }: ReturnType<typeof seenBy>) {
  return rest
}

function seenBy({ user, isProven, seesPublic }: Viewer) {
  return { user: user.id, at: Date.now(), public: Number(seesPublic), proven: Number(isProven) }
}

type Unread = Pick<RoomSummary, 'unread' | 'mentions'>

interface UserColumns {
  userId: number
  userName: string
  userImage: number
}

interface EntryRow extends UserColumns, EntryColumns {
  id: number
  room: string
  at: number
  mentions: string | null
}

interface EditRow extends Pick<EntryRow, 'data' | 'at' | 'mentions'> {
  ref: number
}

function userOf({ userId, userName, userImage }: UserColumns) {
  return { id: userId, name: userName, image: userImage }
}

function columnsOf(content: EntryContent): EntryColumns {
  switch (content.type) {
    case 'chat':
      return { type: 'chat', data: content.data, ref: content.reply ?? null, isOn: null }
    case 'edit':
      return { type: 'edit', data: content.data, ref: content.ref, isOn: null }
    case 'delete':
      return { type: 'delete', data: '', ref: content.ref, isOn: null }
    case 'react':
      return { type: 'react', data: content.data, ref: content.ref, isOn: Number(content.on) }
    case 'room':
      return { type: 'room', data: JSON.stringify(content.data), ref: null, isOn: null }
    default:
      return content satisfies never
  }
}

function entryOf({ id, room, type, at, data, ref, isOn, mentions, ...user }: EntryRow): Entry {
  const base = { id, room, user: userOf(user), at, ...mentionsFrom(mentions) }
  switch (type) {
    case 'chat':
      return { ...base, type, data, ...(ref !== null && { reply: ref }), ...(data === '' && { deleted: true }) }
    case 'edit':
      return { ...base, type, ref: ref ?? 0, data }
    case 'delete':
      return { ...base, type, ref: ref ?? 0 }
    case 'react':
      return { ...base, type, ref: ref ?? 0, data, on: isOn === 1 }
    case 'room':
      return { ...base, type, data: JSON.parse(data) }
    default:
      return type satisfies never
  }
}

function mentionsFrom(column: string | null): { mentions?: Mentioned[] } {
  return column === null ? {} : { mentions: JSON.parse(column) }
}

function mentionsOf(mentioned: Mentioned[]): { mentions?: Mentioned[] } {
  return mentioned.length ? { mentions: mentioned } : {}
}

function withoutUndefined(content: EntryContent): EntryContent {
  return Object.fromEntries(Object.entries(content).filter(([, value]) => value !== undefined)) as EntryContent
}
