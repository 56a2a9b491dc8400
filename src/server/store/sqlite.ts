import { existsSync, mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { type Entry, limits, type Message, type Place, type RoomSummary, type User } from '../../shared/protocol.ts'
import { mentions } from '../../shared/text.ts'
import { GroupCommit } from './group-commit.ts'
import { configure, migrate } from './sqlite-schema.ts'
import type { EntryColumns } from './sqlite-writes.ts'
import type { Appended, EntryContent, NewEntry, Page, Store, StoredSession } from './store.ts'

/**
 * The store in one SQLite file, `teahouse.db` in the data folder, which belongs to one process at a time.
 * @throws Error in one line when the folder cannot be used, is in use, or holds data of a newer version
 */
export function openSqliteStore(dataDir: string): Store {
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
  return new SqliteStore(path, lock)
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
  entries.id, rooms.name as room, entries.type, entries.at, entries.data, entries.ref, entries.is_on as "isOn",
  users.id as "userId", users.name as "userName", users.image as "userImage"`
const joined = `
  join rooms on rooms.id = entries.room_id join users on users.id = entries.user_id
  where rooms.name = ?`

/** Only so many of the newest unread messages are counted and searched for mentions. */
const mostCounted = 1_000

/** What is read. Exported for the test of the query plans. */
export const sql = {
  user: 'select 1 from users where name = ?',
  session: `
    select sessions.id, started_at as "startedAt", users.id as "userId", name as "userName", image as "userImage"
    from sessions join users on users.id = user_id where token_hash = ?`,
  room: 'select 1 from rooms where name = ?',
  rooms: `
    select id, name as room, name, topic, last,
      coalesce((select reads.id from reads where user_id = ? and room_id = rooms.id), last) as read
    from rooms order by id limit ${limits.listedRooms}`,
  unread: `
    select count(*) as unread, coalesce(sum(mentions(data, ?)), 0) as mentions from (
      select data from entries indexed by entries_chat
      where room_id = ? and id > ? and type = 'chat' and user_id <> ? and data <> ''
      order by id desc limit ${mostCounted}
    )`,
  read: `
    select reads.id from reads
    where user_id = ? and room_id = (select id from rooms where name = ?)`,
  last: 'select last from rooms where name = ?',
  after: `select ${entryColumns} from entries ${joined} and entries.id > ? order by entries.id limit ?`,
  newer: `
    select ${entryColumns} from entries indexed by entries_chat ${joined}
    and entries.type = 'chat' and entries.id > ? order by entries.id limit ?`,
  older: `
    select ${entryColumns} from entries indexed by entries_chat ${joined}
    and entries.type = 'chat' and entries.id < ? order by entries.id desc limit ?`,
  edits: `
    select entries.ref, entries.data, entries.at from (
      select room_id, max(id) as id from entries indexed by entries_edit
      where room_id = (select id from rooms where name = ?) and type = 'edit' and ref between ? and ? group by ref
    ) as newest join entries on entries.room_id = newest.room_id and entries.id = newest.id`,
  reactions: `
    select message_id as "ref", data, user_id as "userId" from reactions
    where room_id = (select id from rooms where name = ?) and message_id between ? and ?
    order by message_id, data, id`,
}

class SqliteStore implements Store {
  #epoch: string
  readonly failed: Promise<Error>
  readonly #writer: GroupCommit
  readonly #reader: DatabaseSync
  readonly #lock: DatabaseSync
  readonly #statements = new Map<string, StatementSync>()

  constructor(path: string, lock: DatabaseSync) {
    this.#lock = lock
    this.#writer = new GroupCommit(path)
    this.#reader = new DatabaseSync(path, { readOnly: true })
    this.#reader.function('mentions', { deterministic: true }, (text, name) =>
      Number(mentions(String(text), String(name))),
    )
    this.failed = this.#writer.failed
    this.#epoch = this.#all<{ value: string }>(`select value from meta where key = 'epoch'`)[0]?.value ?? ''
  }

  get epoch() {
    return this.#epoch
  }

  async renewEpoch() {
    this.#epoch = await this.#writer.write('renewEpoch')
  }

  async fault() {
    if (!this.#writer.fault) return undefined
    // What it was is told by the next look at it.
    await this.#writer.write('probe', Date.now()).catch(() => {})
    return this.#writer.fault
  }

  userNamed(name: string) {
    return this.#writer.write('userNamed', name, Date.now())
  }

  async hasUserNamed(name: string) {
    return this.#all(sql.user, name).length > 0
  }

  async startSession({ tokenHash, user, at }: Parameters<Store['startSession']>[0]) {
    return { ...(await this.#writer.write('startSession', tokenHash, user.id, at)), user }
  }

  async findSession(tokenHash: Uint8Array): Promise<StoredSession | undefined> {
    const [found] = this.#all<{ id: number; startedAt: number } & UserColumns>(sql.session, tokenHash)
    return found && { id: found.id, startedAt: found.startedAt, user: userOf(found) }
  }

  endSession(id: number) {
    return this.#writer.write('endSession', id)
  }

  endSessionsBefore(at: number) {
    return this.#writer.write('endSessionsBefore', at)
  }

  async hasRoom(name: string) {
    return this.#all(sql.room, name).length > 0
  }

  openRoom(name: string, at: number) {
    return this.#writer.write('openRoom', name, at)
  }

  async rooms(user: User): Promise<RoomSummary[]> {
    return this.#all<Omit<RoomSummary, keyof Unread> & { id: number }>(sql.rooms, user.id).map(({ id, ...room }) => ({
      ...room,
      ...this.#unread(id, room, user),
    }))
  }

  read(user: User, room: string, id: number) {
    return this.#writer.write('read', user.id, room, id)
  }

  async readMark(user: User, room: string) {
    return this.#all<{ id: number }>(sql.read, user.id, room)[0]?.id
  }

  async append(entry: NewEntry): Promise<Appended> {
    const { user, room, key, at, ...content } = entry
    const {
      isNew,
      id,
      at: storedAt,
    } = await this.#writer.write('append', {
      ...columnsOf(content),
      room,
      key,
      at,
      userId: user.id,
    })
    return { isNew, entry: { id, room, user, at: storedAt, ...withoutUndefined(content) } as Entry }
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
    const edits = this.#all<{ ref: number; data: string; at: number }>(sql.edits, room, first.id, last.id)
    for (const { ref, data, at } of edits) {
      const message = messages.get(ref)
      if (message && !message.deleted) Object.assign(message, { data, edited: at })
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

  #unread(roomId: number, { read, last }: Pick<RoomSummary, 'read' | 'last'>, { id, name }: User): Unread {
    const [unread] = read < last ? this.#all<Unread>(sql.unread, name, roomId, read, id) : []
    return { unread: 0, mentions: 0, ...unread }
  }

  #all<Row>(sql: string, ...values: SQLInputValue[]): Row[] {
    const statement = this.#statements.get(sql) ?? this.#reader.prepare(sql)
    this.#statements.set(sql, statement)
    return statement.all(...values) as Row[]
  }
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

function entryOf({ id, room, type, at, data, ref, isOn, ...user }: EntryRow): Entry {
  const base = { id, room, user: userOf(user), at }
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

function withoutUndefined(content: EntryContent): EntryContent {
  return Object.fromEntries(Object.entries(content).filter(([, value]) => value !== undefined)) as EntryContent
}
