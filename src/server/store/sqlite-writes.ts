/** What is written, each a function of its arguments, run by the writer's thread inside its transaction. */
import type { DatabaseSync, SQLInputValue } from 'node:sqlite'
import { ChatError, type RoomSummary, type User } from '../../shared/protocol.ts'
import type { StoredSession } from './store.ts'

export interface AppendRow {
  room: string
  type: string
  userId: number
  key: string
  at: number
  data: string
  reply: number | null
}

export interface AppendedRow {
  id: number
  at: number
  isNew: boolean
}

export interface Writes {
  userNamed(name: string, at: number): User
  startSession(tokenHash: Uint8Array, userId: number, at: number): Omit<StoredSession, 'user'>
  endSession(id: number): void
  openRoom(name: string, at: number): RoomSummary
  append(row: AppendRow): AppendedRow
}

export function sqliteWrites(database: DatabaseSync): Writes {
  const addUser = database.prepare(`
    insert into users (name, image, created_at)
    values (?, (select coalesce(max(id), 0) from users) % 10, ?) on conflict do nothing`)
  const userNamed = database.prepare('select id, name, image from users where name = ?')
  const startSession = database.prepare(`
    insert into sessions (token_hash, user_id, started_at) values (?, ?, ?)
    returning id, started_at as "startedAt"`)
  const endSession = database.prepare('delete from sessions where id = ?')
  const addRoom = database.prepare('insert into rooms (name, created_at) values (?, ?) on conflict do nothing')
  const roomNamed = database.prepare('select name as room, name, topic, last from rooms where name = ?')
  const entryWithKey = database.prepare(`
    select rooms.name as room, entries.id, type, at, data, reply
    from entries join rooms on rooms.id = room_id where user_id = ? and key = ?`)
  const nextId = database.prepare(`
    update rooms set last = last + 1, last_at = max(last_at, ?) where name = ?
    returning id as "roomId", last as id, last_at as at`)
  const messageAt = database.prepare(`
    select 1 from entries where room_id = (select id from rooms where name = ?) and id = ? and type = 'chat'`)
  const addEntry = database.prepare(`
    insert into entries (room_id, id, type, user_id, key, at, data, reply) values (?, ?, ?, ?, ?, ?, ?, ?)`)

  /** The first row of a statement whose columns are those of `Row`. */
  function row<Row>(statement: ReturnType<DatabaseSync['prepare']>, ...values: SQLInputValue[]): Row | undefined {
    return statement.get(...values) as Row | undefined
  }

  return {
    userNamed(name, at) {
      addUser.run(name, at)
      return row<User>(userNamed, name) as User
    },

    startSession(tokenHash, userId, at) {
      return row<Omit<StoredSession, 'user'>>(startSession, tokenHash, userId, at) as Omit<StoredSession, 'user'>
    },

    endSession(id) {
      endSession.run(id)
    },

    openRoom(name, at) {
      addRoom.run(name, at)
      return row<RoomSummary>(roomNamed, name) as RoomSummary
    },

    append({ room, type, userId, key, at, data, reply }) {
      const known = row<AppendRow & { id: number }>(entryWithKey, userId, key)
      if (known) {
        const isSame = known.room === room && known.type === type && known.data === data && known.reply === reply
        if (!isSame) throw new ChatError('bad-field', '"key" was used for something else.')
        return { id: known.id, at: known.at, isNew: false }
      }
      if (reply !== null && !row(messageAt, room, reply)) {
        throw new ChatError('no-such-message', 'There is no message with the id that "reply" names.')
      }
      const next = row<{ roomId: number; id: number; at: number }>(nextId, at, room)
      if (!next) throw new ChatError('no-such-room', 'There is no such room.')
      addEntry.run(next.roomId, next.id, type, userId, key, next.at, data, reply)
      return { id: next.id, at: next.at, isNew: true }
    },
  }
}
