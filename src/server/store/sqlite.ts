import { accessSync, constants, existsSync, mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import type { Entry, Place, ServerRole, User } from '../../shared/protocol.ts'
import { GroupCommit } from './group-commit.ts'
import { ReaderThread } from './reader-thread.ts'
import { columnsOf, mentionsOf, personOf, type UserColumns, userOf, withoutUndefined } from './sqlite-entries.ts'
import { SqliteHealth } from './sqlite-health.ts'
import { type MadeLink, stillCounts } from './sqlite-links.ts'
import { configure, migrate } from './sqlite-schema.ts'
import { type StandingRow, standingOf, standingSql } from './sqlite-standing.ts'
import type {
  Account,
  Appended,
  BannedRange,
  ClockNote,
  Link,
  LinkType,
  ListedSession,
  Meter,
  NewEntry,
  NewLink,
  NewModerationAction,
  NewRoom,
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
    refuseUnlessWritable(dataDir)
    lock = new DatabaseSync(join(dataDir, 'lock'))
    lock.exec('begin exclusive')
    return lock
  } catch (error) {
    lock?.close()
    const { errcode, code, message } = error as NodeJS.ErrnoException & { errcode?: number }
    if (errcode === 5) throw new Error(`${dataDir} is in use by another Teahouse.`)
    const isForbidden = code === 'EACCES' || code === 'EPERM'
    const hint = isForbidden ? ` (the server runs as user ${process.getuid?.()}, who must be able to write there)` : ''
    throw new Error(`${dataDir} cannot be used: ${message}${hint}`)
  }
}

/** @throws Error with the reason, which SQLite would not say */
function refuseUnlessWritable(dataDir: string): void {
  const files = ['lock', 'teahouse.db', 'teahouse.db-wal', 'teahouse.db-shm'].map((file) => join(dataDir, file))
  accessSync(dataDir, constants.R_OK | constants.W_OK | constants.X_OK)
  for (const file of files) if (existsSync(file)) accessSync(file, constants.R_OK | constants.W_OK)
}

/** Node's own `recursive` never ends below a folder in which nothing can be made, such as /proc. */
function makeFolder(path: string): void {
  if (existsSync(path)) return
  makeFolder(dirname(path))
  mkdirSync(path)
}

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

class SqliteStore implements Store {
  #epoch: string
  readonly failed: Promise<Error>
  readonly #writer: GroupCommit
  readonly #health: SqliteHealth
  /** What can be more than a few rows. */
  readonly #reader: ReaderThread
  /** What is found by a key: a few rows by an index, on this thread. */
  readonly #lookup: DatabaseSync
  readonly #lock: DatabaseSync
  readonly #statements = new Map<string, StatementSync>()

  constructor(path: string, lock: DatabaseSync, watcher: StoreWatcher | undefined) {
    this.#lock = lock
    this.#writer = new GroupCommit(path, watcher)
    this.#reader = new ReaderThread(path)
    this.#lookup = new DatabaseSync(path, { readOnly: true })
    this.#health = new SqliteHealth(path, this.#writer)
    this.failed = Promise.race([this.#writer.failed, this.#reader.failed])
    this.#epoch = this.#all<{ value: string }>(`select value from meta where key = 'epoch'`)[0]?.value ?? ''
  }

  get epoch() {
    return this.#epoch
  }

  fault() {
    return this.#health.fault()
  }

  async clockNote(): Promise<ClockNote | undefined> {
    const note = this.#one<{ value: string }>(`select value from meta where key = 'clock'`)
    return note && JSON.parse(note.value)
  }

  noteClock(note: ClockNote) {
    return this.#writer.write('noteClock', note)
  }

  guestNamed(name: string, skeleton: string) {
    return this.#writer.write('guestNamed', name, skeleton, Date.now())
  }

  async hasUserNamed(name: string) {
    return this.#all(sql.user, name).length > 0
  }

  async accountLike(skeleton: string, name?: string) {
    const exact = name === undefined ? undefined : this.#account(sql.accountNamed, name)
    return exact ?? this.#account(sql.accountLike, skeleton)
  }

  async account(userId: number) {
    return this.#account(sql.account, userId)
  }

  setPassword(change: Parameters<Store['setPassword']>[0]) {
    return this.#writer.write('setPassword', change)
  }

  people(find: string, limit: number, meter?: Meter) {
    return this.#reader.read(meter, 'people', find, limit)
  }

  async startSession({ tokenHash, user, at, ...more }: Parameters<Store['startSession']>[0]) {
    const row = { tokenHash, userId: user.id, at, ...more }
    const { id, role, isVerified, ended } = await this.#writer.write('startSession', row)
    return { session: { id, user, role, isVerified, startedAt: at, seenAt: at }, ended }
  }

  async findSession(tokenHash: Uint8Array): Promise<StoredSession | undefined> {
    const [found] = this.#all<SessionRow & UserColumns>(sql.session, tokenHash)
    if (!found) return undefined
    const { id, role, isVerified, startedAt, seenAt } = found
    return { id, user: userOf(found), role, isVerified: isVerified === 1, startedAt, seenAt }
  }

  touchSession(id: number, { at, agent, address }: Parameters<Store['touchSession']>[1]) {
    return this.#writer.write('touchSession', id, at, agent, address)
  }

  async sessionsOf(userId: number): Promise<ListedSession[]> {
    const sessions = this.#all<Omit<ListedSession, 'isVerified'> & { isVerified: number }>(sql.sessions, userId)
    return sessions
      .map(({ isVerified, ...session }) => ({ ...session, isVerified: isVerified === 1 }))
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

  invites(room: string, at: number, meter?: Meter) {
    return this.#reader.read(meter, 'invites', room, at)
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

  enter(userId: number, room: string, isVerified = true) {
    return this.#writer.write('enter', userId, room, Date.now(), isVerified)
  }

  members(room: string, page: Parameters<Store['members']>[1], meter?: Meter) {
    return this.#reader.read(meter, 'members', room, page)
  }

  usersKnownTo(viewer: Viewer, find: string, limit: number, meter?: Meter) {
    return this.#reader.read(meter, 'usersKnownTo', viewer, find, limit)
  }

  rooms(viewer: Viewer, meter?: Meter) {
    return this.#reader.read(meter, 'rooms', viewer)
  }

  summary(viewer: Viewer, room: string, meter?: Meter) {
    return this.#reader.read(meter, 'summary', viewer, room)
  }

  read(user: User, room: string, id: number, isVerified = true) {
    return this.#writer.write('read', user.id, room, id, isVerified)
  }

  async readMark(user: User, room: string) {
    return this.#all<{ id: number }>(sql.read, user.id, room)[0]?.id
  }

  act(act: NewModerationAction) {
    return this.#writer.write('act', act)
  }

  continueAction(act: number, at: number) {
    return this.#writer.write('continueAction', act, at)
  }

  async unfinishedActions() {
    return this.#all<{ id: number }>(sql.unfinished).map(({ id }) => id)
  }

  acts(viewer: Viewer, before: number | undefined, limit: number, meter?: Meter) {
    return this.#reader.read(meter, 'acts', viewer, before, limit)
  }

  forget(at: number, removedBefore: number) {
    return this.#writer.write('forget', at, removedBefore)
  }

  async blocked(id: number) {
    return this.#all<User>(sql.blocked, id)
  }

  async bannedRanges(at: number) {
    return this.#all<BannedRange>(sql.ranges, at)
  }

  async append(entry: NewEntry): Promise<Appended> {
    const { user, unverified, onlyInvited, room, key, at, ...content } = entry
    const sight = { isVerified: !unverified, canViewPublic: !onlyInvited }
    const row = { ...columnsOf(content), room, key, at, userId: user.id, ...sight }
    const { isNew, id, at: storedAt, act, effects, mentioned } = await this.#writer.write('append', row)
    return {
      isNew,
      act,
      entry: { id, room, user, at: storedAt, ...withoutUndefined(content), ...mentionsOf(mentioned) } as Entry,
      effects,
    }
  }

  entriesAfter(room: string, after: number, limit: number, meter?: Meter) {
    return this.#reader.read(meter, 'entriesAfter', room, after, limit)
  }

  async timeOf(room: string, id: number) {
    return this.#one<{ at: number }>(sql.time, room, id)?.at ?? 0
  }

  newestEntries(room: string, limit: number, characters: number, meter?: Meter) {
    return this.#reader.read(meter, 'newestEntries', room, limit, characters)
  }

  messages(room: string, place: Place, limit: number, meter?: Meter, characters?: number) {
    return this.#reader.read(meter, 'messages', room, place, limit, characters)
  }

  async close() {
    // The writer goes last: only the last connection moves the WAL into the database, and a reader cannot.
    this.#lookup.close()
    await this.#reader.close()
    await this.#writer.close()
    this.#lock.close()
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
    const statement = this.#statements.get(sql) ?? this.#lookup.prepare(sql)
    this.#statements.set(sql, statement)
    return statement
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
