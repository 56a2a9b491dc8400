/** What is written, each a function of its arguments, run by the writer's thread inside its transaction. */
import type { DatabaseSync, SQLInputValue } from 'node:sqlite'
import { ChatError, type Entry, limits, type User } from '../../shared/protocol.ts'
import type { StoredSession } from './store.ts'

/** An entry as a row has it. */
export interface EntryColumns {
  type: Entry['type']
  data: string
  ref: number | null
  isOn: number | null
}

export interface AppendRow extends EntryColumns {
  room: string
  userId: number
  key: string
  at: number
}

export interface AppendedRow {
  id: number
  at: number
  isNew: boolean
}

export interface Writes {
  /** Writes something of no consequence, to see whether it can be done. */
  probe(at: number): void
  renewEpoch(): string
  userNamed(name: string, at: number): User
  startSession(tokenHash: Uint8Array, userId: number, at: number): Omit<StoredSession, 'user'>
  endSession(id: number): void
  endSessionsBefore(at: number): void
  openRoom(name: string, at: number): number
  read(userId: number, room: string, id: number): number
  append(row: AppendRow): AppendedRow
}

interface Target {
  userId: number
  isDeleted: number
}

export function sqliteWrites(database: DatabaseSync): Writes {
  const probe = database.prepare(`
    insert into meta values ('probed', ?) on conflict do update set value = excluded.value`)
  const renewEpoch = database.prepare(`
    update meta set value = lower(hex(randomblob(16))) where key = 'epoch' returning value`)
  const addUser = database.prepare(`
    insert into users (name, image, created_at)
    values (?, (select coalesce(max(id), 0) from users) % 10, ?) on conflict do nothing`)
  const userNamed = database.prepare('select id, name, image from users where name = ?')
  const startSession = database.prepare(`
    insert into sessions (token_hash, user_id, started_at) values (?, ?, ?)
    returning id, started_at as "startedAt"`)
  const endSession = database.prepare('delete from sessions where id = ?')
  const endSessionsBefore = database.prepare('delete from sessions where started_at < ?')
  const addRoom = database.prepare('insert into rooms (name, created_at) values (?, ?) on conflict do nothing')
  const lastOf = database.prepare('select last from rooms where name = ?')
  const read = database.prepare(`
    insert into reads (user_id, room_id, id) select ?, rooms.id, min(?, last) from rooms where name = ?
    on conflict do update set id = max(id, excluded.id) returning id`)
  const entryWithKey = database.prepare(`
    select rooms.name as room, entries.id, type, at, data, ref, is_on as "isOn"
    from entries join rooms on rooms.id = room_id where user_id = ? and key = ?`)
  const nextId = database.prepare(`
    update rooms set last = last + 1, last_at = max(last_at, ?) where name = ?
    returning id as "roomId", last as id, last_at as at`)
  const messageAt = database.prepare(`
    select user_id as "userId", data = '' as "isDeleted"
    from entries where room_id = (select id from rooms where name = ?) and id = ? and type = 'chat'`)
  const addEntry = database.prepare(`
    insert into entries (room_id, id, type, user_id, key, at, data, ref, is_on) values (?, ?, ?, ?, ?, ?, ?, ?, ?)`)
  const eraseMessage = database.prepare(`update entries set data = '' where room_id = ? and id = ?`)
  const eraseEdits = database.prepare(`update entries set data = '' where room_id = ? and ref = ? and type = 'edit'`)
  const eraseReactions = database.prepare('delete from reactions where room_id = ? and message_id = ?')
  const react = database.prepare(`
    insert into reactions (room_id, message_id, data, user_id, id) values (?, ?, ?, ?, ?)
    on conflict do update set id = excluded.id`)
  const unreact = database.prepare(`
    delete from reactions where room_id = ? and message_id = ? and data = ? and user_id = ?`)
  const countReactions = database.prepare(`
    select count(distinct data) as count from reactions
    where room_id = (select id from rooms where name = ?) and message_id = ? and data <> ?`)
  const setTopic = database.prepare('update rooms set topic = ? where id = ?')

  /** The first row of a statement whose columns are those of `Row`. */
  function row<Row>(statement: ReturnType<DatabaseSync['prepare']>, ...values: SQLInputValue[]): Row | undefined {
    return statement.get(...values) as Row | undefined
  }

  return {
    probe(at) {
      probe.run(String(at))
    },

    renewEpoch() {
      return (row<{ value: string }>(renewEpoch) as { value: string }).value
    },

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

    endSessionsBefore(at) {
      endSessionsBefore.run(at)
    },

    openRoom(name, at) {
      addRoom.run(name, at)
      return (row<{ last: number }>(lastOf, name) as { last: number }).last
    },

    read(userId, room, id) {
      return row<{ id: number }>(read, userId, id, room)?.id ?? 0
    },

    append(entry) {
      const { room, type, userId, key, at, data, ref, isOn } = entry
      const known = row<AppendRow & { id: number }>(entryWithKey, userId, key)
      if (known) {
        if (!isSame(known, entry)) throw new ChatError('bad-field', '"key" was used for something else.')
        return { id: known.id, at: known.at, isNew: false }
      }
      refuseUnlessAllowed(entry)
      const next = row<{ roomId: number; id: number; at: number }>(nextId, at, room)
      if (!next) throw new ChatError('no-such-room', 'There is no such room.')
      addEntry.run(next.roomId, next.id, type, userId, key, next.at, data, ref, isOn)
      applyTo(next.roomId, next.id, entry)
      return { id: next.id, at: next.at, isNew: true }
    },
  }

  /** What the entry changes besides the log. */
  function applyTo(roomId: number, id: number, { type, userId, data, ref, isOn }: AppendRow): void {
    if (type === 'room') setTopic.run(JSON.parse(data).topic, roomId)
    if (type === 'react' && isOn) react.run(roomId, ref, data, userId, id)
    if (type === 'react' && !isOn) unreact.run(roomId, ref, data, userId)
    if (type === 'delete') {
      eraseMessage.run(roomId, ref)
      eraseEdits.run(roomId, ref)
      eraseReactions.run(roomId, ref)
    }
  }

  function refuseUnlessAllowed({ room, type, userId, ref, data, isOn }: AppendRow): void {
    if (ref === null) return
    const target = row<Target>(messageAt, room, ref)
    const isThere = target && (type === 'chat' || !target.isDeleted)
    if (!isThere) throw new ChatError('no-such-message', 'There is no such message.')
    const isTheirs = target.userId !== userId
    if (isTheirs && (type === 'edit' || type === 'delete')) {
      throw new ChatError('forbidden', 'You can only change your own messages.')
    }
    if (type !== 'react' || !isOn) return
    const others = row<{ count: number }>(countReactions, room, ref, data)?.count ?? 0
    if (others >= limits.reactionsPerMessage) {
      throw new ChatError('forbidden', `A message has at most ${limits.reactionsPerMessage} different reactions.`)
    }
  }
}

/** Whether an entry is sent again. Of one whose text is gone nobody can say otherwise. */
function isSame(known: AppendRow, entry: AppendRow): boolean {
  const hasSameText = known.data === entry.data || known.data === ''
  return (
    hasSameText &&
    known.room === entry.room &&
    known.type === entry.type &&
    known.ref === entry.ref &&
    known.isOn === entry.isOn
  )
}
