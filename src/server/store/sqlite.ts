import { existsSync, mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import type { Entry, Message, RoomSummary } from '../../shared/protocol.ts'
import { GroupCommit } from './group-commit.ts'
import { configure, migrate } from './sqlite-schema.ts'
import type { Appended, NewEntry, Page, Place, Store, StoredSession } from './store.ts'

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

const messageColumns = `
  entries.id, rooms.name as room, entries.type, entries.at, entries.data, entries.reply,
  users.id as "userId", users.name as "userName", users.image as "userImage"
  from entries join rooms on rooms.id = entries.room_id join users on users.id = entries.user_id
  where rooms.name = ?`

class SqliteStore implements Store {
  readonly epoch: string
  readonly failed: Promise<Error>
  readonly #writer: GroupCommit
  readonly #reader: DatabaseSync
  readonly #lock: DatabaseSync
  readonly #statements = new Map<string, StatementSync>()

  constructor(path: string, lock: DatabaseSync) {
    this.#lock = lock
    this.#writer = new GroupCommit(path)
    this.#reader = new DatabaseSync(path, { readOnly: true })
    this.failed = this.#writer.failed
    this.epoch = this.#all<{ value: string }>(`select value from meta where key = 'epoch'`)[0]?.value ?? ''
  }

  userNamed(name: string) {
    return this.#writer.write('userNamed', name, Date.now())
  }

  async hasUserNamed(name: string) {
    return this.#all('select 1 from users where name = ?', name).length > 0
  }

  async startSession({ tokenHash, user, at }: Parameters<Store['startSession']>[0]) {
    return { ...(await this.#writer.write('startSession', tokenHash, user.id, at)), user }
  }

  async findSession(tokenHash: Uint8Array): Promise<StoredSession | undefined> {
    const [found] = this.#all<{ id: number; startedAt: number } & UserColumns>(
      `select sessions.id, started_at as "startedAt", users.id as "userId", name as "userName", image as "userImage"
       from sessions join users on users.id = user_id where token_hash = ?`,
      tokenHash,
    )
    return found && { id: found.id, startedAt: found.startedAt, user: userOf(found) }
  }

  endSession(id: number) {
    return this.#writer.write('endSession', id)
  }

  openRoom(name: string, at: number) {
    return this.#writer.write('openRoom', name, at)
  }

  async rooms() {
    return this.#all<RoomSummary>('select name as room, name, topic, last from rooms order by id')
  }

  async append({ room, type, user, key, data, reply, at }: NewEntry): Promise<Appended> {
    const row = { room, type, userId: user.id, key, at, data, reply: reply ?? null }
    const { isNew, ...stored } = await this.#writer.write('append', row)
    return { isNew, entry: { ...stored, room, type, user, data, ...(reply !== undefined && { reply }) } }
  }

  async entriesAfter(room: string, after: number, limit: number): Promise<Entry[]> {
    return this.#all<MessageRow>(
      `select ${messageColumns} and entries.id > ? order by entries.id limit ?`,
      room,
      after,
      limit,
    ).map(entryOf)
  }

  async messages(room: string, { before, after, around }: Place, limit: number): Promise<Page> {
    // Read first: an entry stored in between is then in the page and after `last` as well, and its id removes the double.
    const last = this.#all<{ last: number }>('select last from rooms where name = ?', room)[0]?.last ?? 0
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
    const rows = this.#all<MessageRow>(
      `select ${messageColumns} and entries.id < ? order by entries.id desc limit ?`,
      room,
      before,
      limit + 1,
    )
    return { messages: rows.slice(0, limit).reverse().map(messageOf), more: rows.length > limit }
  }

  #newer(room: string, after: number, limit: number): Omit<Page, 'last'> {
    const rows = this.#all<MessageRow>(
      `select ${messageColumns} and entries.id > ? order by entries.id limit ?`,
      room,
      after,
      limit + 1,
    )
    return { messages: rows.slice(0, limit).map(messageOf), more: rows.length > limit }
  }

  #all<Row>(sql: string, ...values: SQLInputValue[]): Row[] {
    const statement = this.#statements.get(sql) ?? this.#reader.prepare(sql)
    this.#statements.set(sql, statement)
    return statement.all(...values) as Row[]
  }
}

interface UserColumns {
  userId: number
  userName: string
  userImage: number
}

interface MessageRow extends UserColumns {
  id: number
  room: string
  type: 'chat'
  at: number
  data: string
  reply: number | null
}

function userOf({ userId, userName, userImage }: UserColumns) {
  return { id: userId, name: userName, image: userImage }
}

function entryOf({ id, room, type, at, data, reply, ...user }: MessageRow): Entry {
  return { id, room, type, user: userOf(user), at, data, ...(reply !== null && { reply }) }
}

function messageOf(row: MessageRow): Message {
  return entryOf(row)
}
