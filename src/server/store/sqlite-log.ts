/** The log: what is appended to it, and what that changes. */
import type { DatabaseSync, SQLInputValue } from 'node:sqlite'
import type { Mentioned } from '../../shared/mentions.ts'
import { ChatError, type Entry, limits, type RoomSettings } from '../../shared/protocol.ts'
import { canActOn, canModerate, canView, closedTo } from '../../shared/rights.ts'
import { confusableSkeleton } from '../auth/confusables.ts'
import { mentionsColumn, mentionWrites } from './sqlite-mentions.ts'
import { requestsIn } from './sqlite-requests.ts'
import { rightsIn } from './sqlite-rights.ts'
import { rows } from './sqlite-rows.ts'
import { type StandingRow, standingOf, standingSql } from './sqlite-standing.ts'
import type { Effect, Membership } from './store.ts'

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
  isVerified: boolean
  canViewPublic: boolean
  key: string
  at: number
}

export interface AppendedRow {
  id: number
  at: number
  isNew: boolean
  /** As which it is in the audit log, when it keeps order. */
  action: number | undefined
  /** The writer has accepted by it, or whoever had closed the conversation is brought back into it. */
  effects: Effect[]
  /** Whom its text mentions. */
  mentioned: Mentioned[]
}

export interface LogWrites {
  append(row: AppendRow): AppendedRow
}

/** What acts need of the log besides. */
export interface Log extends LogWrites {
  /** Writes an entry without asking whether its user may. */
  enter(row: EnteredRow): { roomId: number; id: number; at: number; mentioned: Mentioned[] }
}

export type EnteredRow = Omit<AppendRow, 'isVerified' | 'canViewPublic'>

interface Target {
  userId: number
  data: string
}

export function logWrites(database: DatabaseSync, erased: () => void): Log {
  const { run, one, all } = rows(database)
  const mentions = mentionWrites(database)
  const requests = requestsIn({ run, one, all })
  const rights = rightsIn({ one })
  // Prepared once: these are what every message costs.
  const entryWithKey = database.prepare(`
    select address as room, entries.id, type, at, data, ref, is_on as "isOn"
    from entries join rooms on rooms.id = room_id where user_id = ? and key = ?`)
  const standing = database.prepare(standingSql)
  const nextId = database.prepare(`
    update rooms set last = last + 1, last_at = ? where address = ?
    returning id as "roomId", last as id, last_at as at`)
  const addEntry = database.prepare(`
    insert into entries (room_id, id, type, user_id, key, at, data, ref, is_on, mentions)
    values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`)

  return { append, enter }

  function append(entry: AppendRow): AppendedRow {
    const known = first<Omit<AppendRow, 'userId'> & { id: number }>(entryWithKey, entry.userId, entry.key)
    if (known) {
      if (!isSame(known, entry)) throw usedKey()
      return { id: known.id, at: known.at, isNew: false, action: actOf(entry), effects: [], mentioned: [] }
    }
    const row = first<StandingRow>(standing, entry.userId, entry.room)
    if (!row) throw new ChatError('no-such-room', 'There is no such room.')
    const writer = standingOf(row, entry.at)
    if (!canView(writer, entry)) throw new ChatError('no-such-room', 'There is no such room.')
    // Put out of it, or gone, while this was on its way. One who is not believed belongs to no room: they write where all may.
    if (entry.isVerified && writer.readTo !== undefined && !writer.isIn)
      throw new ChatError('not-in-room', 'Open the room first.')
    const target = entry.ref === null ? undefined : targetOf(row.roomId, entry)
    const isOwnDeletion = entry.type === 'delete' && target?.userId === entry.userId
    if (!isOwnDeletion) refuseUnlessAllowed(writer, entry, row.wroteAt ?? 0)
    if (!isOwnDeletion && row.kind === 'direct') rights.refuseBlockedIn(row.roomId, entry.userId)
    if (!isOwnDeletion && !writer.isRequest && row.kind !== 'public') {
      requests.refuseUnlessAccepted(row.roomId, entry.userId)
    }
    if (target) refuseUnlessTheirs(row.roomId, writer, target, entry)
    const isToKeepOrder = entry.type === 'delete' && target && !isOwnDeletion
    const act = isToKeepOrder ? keepRemoved(row.roomId, target, entry) : undefined
    const { id, at, mentioned } = enter(entry)
    if (row.slowMs > 0 && entry.type === 'chat') noteWriting(row.roomId, entry)
    return { id, at, isNew: true, action: act, effects: effectsOf(row, writer, entry), mentioned }
  }

  /** What follows for who belongs to the room. Whoever answers has accepted. */
  function effectsOf(
    { roomId, kind }: StandingRow,
    writer: Membership,
    { room, userId, isVerified }: AppendRow,
  ): Effect[] {
    const accepted = writer.isRequest && isVerified && requests.accept(roomId, userId) ? [userId] : []
    const back = kind === 'direct' ? bringBack(roomId, writer) : []
    return [...accepted, ...back].map((user) => ({ type: 'standing', user, room, kind, isIn: true, canView: true }))
  }

  function enter({ room, type, userId, key, at, data, ref, isOn }: EnteredRow) {
    const next = first<{ roomId: number; id: number; at: number }>(nextId, at, room)
    if (!next) throw new ChatError('no-such-room', 'There is no such room.')
    const mentioned = mentions.note(next.roomId, next.id, { type, userId, data, ref })
    addEntry.run(next.roomId, next.id, type, userId, key, next.at, data, ref, isOn, mentionsColumn(mentioned))
    applyTo(next.roomId, next.id, { type, userId, data, ref, isOn })
    return { ...next, mentioned }
  }

  /** What the entry changes besides the log. */
  function applyTo(
    roomId: number,
    id: number,
    { type, userId, data, ref, isOn }: EntryColumns & { userId: number },
  ): void {
    if (type === 'room') applySettings(roomId, JSON.parse(data))
    if (type === 'react' && isOn) {
      run(
        `insert into reactions (room_id, message_id, data, user_id, id) values (?, ?, ?, ?, ?)
        on conflict do update set id = excluded.id`,
        roomId,
        ref,
        data,
        userId,
        id,
      )
    }
    if (type === 'react' && !isOn) {
      run(
        'delete from reactions where room_id = ? and message_id = ? and data = ? and user_id = ?',
        roomId,
        ref,
        data,
        userId,
      )
    }
    if (type === 'delete') {
      erased()
      run(`update entries set data = '', mentions = null, deleted = 1 where room_id = ? and id = ?`, roomId, ref)
      // Said which: the planner would take the primary key, and with it all that was ever written in the room.
      run(
        `update entries indexed by entries_edit set data = '', mentions = null
        where room_id = ? and ref = ? and type = 'edit'`,
        roomId,
        ref,
      )
      run('delete from reactions where room_id = ? and message_id = ?', roomId, ref)
    }
  }

  function applySettings(roomId: number, { name, topic, readOnly, slowMs, archived }: RoomSettings): void {
    run(
      `update rooms set name = coalesce(?, name),
        skeleton = case kind when 'public' then coalesce(?, skeleton) end, topic = coalesce(?, topic), read_only = coalesce(?, read_only),
        slow_ms = coalesce(?, slow_ms), archived = coalesce(?, archived) where id = ?`,
      name ?? null,
      name === undefined ? null : confusableSkeleton(name),
      topic ?? null,
      bit(readOnly),
      slowMs ?? null,
      bit(archived),
      roomId,
    )
  }

  function targetOf(roomId: number, { type, ref }: AppendRow): Target {
    const target = one<Target>(
      `select user_id as "userId", data from entries where room_id = ? and id = ? and type = 'chat'`,
      roomId,
      ref,
    )
    // What was deleted can still be answered: its place is kept.
    if (!target || (type !== 'chat' && target.data === '')) {
      throw new ChatError('no-such-message', 'There is no such message.')
    }
    return target
  }

  function refuseUnlessTheirs(roomId: number, writer: Membership, target: Target, entry: AppendRow): void {
    const { type, ref, data, isOn, userId } = entry
    const isTheirs = target.userId !== userId
    if (isTheirs && (type === 'edit' || (type === 'delete' && !mayDelete(writer, target, entry)))) {
      throw new ChatError('forbidden', 'You can only change your own messages.')
    }
    if (type !== 'react' || !isOn) return
    const there = one<{ given: number; others: number }>(
      `select count(*) as given, count(distinct nullif(data, ?)) as others from reactions
      where room_id = ? and message_id = ?`,
      data,
      roomId,
      ref,
    )
    if ((there?.given ?? 0) >= limits.maxReactionsGiven) {
      throw new ChatError('forbidden', `A message has at most ${limits.maxReactionsGiven} reactions.`)
    }
    if ((there?.others ?? 0) >= limits.maxReactionsPerMessage) {
      throw new ChatError('forbidden', `A message has at most ${limits.maxReactionsPerMessage} different reactions.`)
    }
  }

  function mayDelete(writer: Membership, target: Target, { room, at, isVerified }: AppendRow): boolean {
    const author = first<StandingRow>(standing, target.userId, room)
    return isVerified && writer.kind !== 'direct' && author !== undefined && canActOn(writer, standingOf(author, at))
  }

  /** What was deleted to keep order can be brought back for a while, and is written down. @returns the act */
  function keepRemoved(roomId: number, target: Target, entry: AppendRow): number {
    const { userId, key, at, ref } = entry
    // Whatever refuses comes before what is written.
    if (actOf(entry) !== undefined) throw usedKey()
    const act = one<{ id: number }>(
      `insert into acts (type, at, by_id, key, user_id, room_id, data) values ('delete', ?, ?, ?, ?, ?, ?) returning id`,
      at,
      userId,
      key,
      target.userId,
      roomId,
      JSON.stringify({ message: ref }),
    )
    run(
      'insert into removed (act_id, room_id, id, data, at) values (?, ?, ?, ?, ?)',
      act?.id ?? 0,
      roomId,
      ref,
      currentText(roomId, ref ?? 0, target.data),
      at,
    )
    return act?.id ?? 0
  }

  function actOf({ type, userId, key }: AppendRow): number | undefined {
    if (type !== 'delete') return undefined
    return one<{ id: number }>('select id from acts where by_id = ? and key = ?', userId, key)?.id
  }

  function currentText(roomId: number, id: number, first: string): string {
    const edit = one<{ data: string }>(
      `select data from entries indexed by entries_edit
      where room_id = ? and ref = ? and type = 'edit' and data <> '' order by id desc limit 1`,
      roomId,
      id,
    )
    return edit?.data ?? first
  }

  function noteWriting(roomId: number, { userId, at }: AppendRow): void {
    run('update memberships set wrote_at = ? where room_id = ? and user_id = ?', at, roomId, userId)
  }

  /**
   * Leaving a conversation of a few is closing it until somebody goes on, unless that is a guest: whoever can have a new name at any
   * time must not be able to call others back. Nobody calls back who has declined.
   */
  function bringBack(roomId: number, { serverRole }: Membership): number[] {
    if (serverRole === 'guest') return []
    const back = all<{ userId: number }>(
      'update memberships set is_in = 1 where room_id = ? and is_in = 0 and is_request = 0 returning user_id as "userId"',
      roomId,
    )
    return back.map(({ userId }) => userId)
  }
}

function first<Row>(statement: ReturnType<DatabaseSync['prepare']>, ...values: SQLInputValue[]): Row | undefined {
  return statement.get(...values) as Row | undefined
}

function refuseUnlessAllowed(writer: Membership, { type, at, isVerified }: AppendRow, wroteAt: number): void {
  const isKeeper = isVerified && canModerate(writer)
  const why = closedTo(writer, isKeeper, at)
  if (why === 'archived') throw new ChatError('read-only', 'The room is archived.')
  if (why === 'muted') throw new ChatError('muted', 'You are muted in this room.', writer.mutedUntil - at)
  if (why) throw new ChatError('read-only', 'Only moderators can post here.')
  if (writer.kind === 'direct' || isKeeper) return
  // A clock that was set back must not make anybody wait for as long as that.
  const waitMs = type === 'chat' && wroteAt <= at ? wroteAt + writer.slowMs - at : 0
  if (writer.slowMs > 0 && waitMs > 0) throw new ChatError('too-fast', 'Slow mode is on in this room.', waitMs)
}

/** Whether an entry is sent again. Of one whose text is gone nobody can say otherwise. */
function isSame(known: EntryColumns & { room: string }, entry: AppendRow): boolean {
  const hasSameText = known.data === entry.data || known.data === ''
  return (
    hasSameText &&
    known.room === entry.room &&
    known.type === entry.type &&
    known.ref === entry.ref &&
    known.isOn === entry.isOn
  )
}

export function usedKey(): ChatError {
  return new ChatError('bad-field', '"key" was used for something else.')
}

function bit(value: boolean | undefined): number | null {
  return value === undefined ? null : Number(value)
}
