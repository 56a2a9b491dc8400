/** What the list shows, from top to bottom: days, messages, where reading stopped, who came and went, what is not sent yet. */

import { type Item, idOfFile } from '../../../clients/js/src/outbox-items.ts'
import { minuteMs } from '../../shared/durations.ts'
import { applyChanges, type Change } from '../../shared/fold.ts'
import type { Message, RoomChange, User } from '../../shared/protocol/types.ts'
import { withRuns } from '../../shared/tombstones.ts'
import { dayOf } from '../locale/times.ts'
import type { Notice, PresenceNotice, RoomState } from '../room/room-state.ts'

export interface MessageRow {
  type: 'message'
  key: string
  message: Message
  follows: boolean
  own: boolean
  /** The message that it answers, if it is here. */
  origin: Message | undefined
  /** The user's change of it that is not stored yet, or was refused. */
  pending: Item | undefined
}

export type Row =
  | MessageRow
  | { type: 'unread'; key: string }
  /** Messages that were deleted, one after the other. */
  | { type: 'gone'; key: string; ids: readonly number[] }
  | { type: 'notices'; key: string; joined: readonly User[]; left: readonly User[]; banned: readonly User[] }
  /** What somebody has changed of the room. */
  | { type: 'change'; key: string; user: User; settings: RoomChange }

/** `at` is missing before the first message. */
export interface Day {
  key: string
  at?: number
  rows: Row[]
}

export interface Unsent {
  item: Item
  follows: boolean
}

export interface ListState {
  room: RoomState
  /** The user's. */
  items: readonly Item[]
  /** The id after which the line "new messages" stands. */
  mark: number
}

/** The same person within this goes on speaking. */
const groupMs = 5 * minuteMs

export function daysOf({ room, items, mark }: ListState): Day[] {
  const { messages, me } = room
  const news = room.notices.filter(({ type, user }) => type === 'change' || user.id !== me.id)
  const changes = changesOf(items, room.room)
  const byId = new Map(messages.map((message) => [message.id, message]))
  const firstUnread = reachesBack(room, mark) && messages.find(({ id, user }) => id > mark && user.id !== me.id)
  const days: Day[] = [{ key: 'before', rows: [] }]
  let day = days[0] as Day
  let next = 0
  const noticesUpTo = (id: number) => {
    const from = next
    while (next < news.length && (news[next]?.after ?? 0) < id) next++
    day.rows.push(...noticeRows(news.slice(from, next)))
  }
  for (const message of messages) {
    noticesUpTo(message.id)
    if (day.at === undefined || dayOf(day.at) !== dayOf(message.at)) {
      day = newDay(days, message.at)
      days.push(day)
    }
    if (message === firstUnread) day.rows.push({ type: 'unread', key: 'unread' })
    const own = changes.get(message.id) ?? []
    const shown = { message: withItems(message, own, me), origin: byId.get(message.reply ?? 0), pending: own.at(-1) }
    day.rows.push(messageRow(shown, day.rows.at(-1), me.id))
  }
  noticesUpTo(Number.POSITIVE_INFINITY)
  return days.filter(({ rows }) => rows.length > 0).map((day) => ({ ...day, rows: condensed(day.rows) }))
}

/** A deletion that can still be undone stands by itself. */
function condensed(rows: readonly Row[]): Row[] {
  const isTombstone = (row: Row) => row.type === 'message' && row.message.deleted === true && !row.pending
  return withRuns(rows, isTombstone).map((row, index, all) => {
    if (Array.isArray(row)) return goneRow(row.filter((one) => one.type === 'message'))
    // After that line it has to say again who speaks.
    const isAfterRun = Array.isArray(all[index - 1])
    return isAfterRun && row.type === 'message' ? { ...row, follows: false } : row
  })
}

function goneRow(rows: readonly MessageRow[]): Row {
  return { type: 'gone', key: `gone ${rows[0]?.key}`, ids: rows.map(({ message }) => message.id) }
}

/** The server's clock may have been wrong, so that a day comes twice; older messages of a day must not give it a new key. */
function newDay(days: readonly Day[], at: number): Day {
  const day = dayOf(at)
  const before = days.filter(({ key }) => key.startsWith(day)).length
  return { key: before ? `${day} ${before}` : day, at, rows: [] }
}

function messageRow(
  shown: Pick<MessageRow, 'message' | 'origin' | 'pending'>,
  previous: Row | undefined,
  userId: number,
): MessageRow {
  const { id, user, at, reply } = shown.message
  const isSame = previous?.type === 'message' && previous.message.user.id === user.id
  const follows = isSame && Math.abs(at - previous.message.at) < groupMs && reply === undefined
  return { type: 'message', key: `${id}`, follows, own: user.id === userId, ...shown }
}

/** What the user changes and the log does not have yet, by the message that it is about. */
function changesOf(items: readonly Item[], room: string): Map<number, Item[]> {
  const changes = items.filter((item) => item.room === room && item.ref !== undefined)
  const grouped = new Map<number, Item[]>()
  for (const item of changes) grouped.set(item.ref ?? 0, [...(grouped.get(item.ref ?? 0) ?? []), item])
  return grouped
}

/** A message as it will be. What was refused is not done; it is only told. */
function withItems(message: Message, items: readonly Item[], me: User): Message {
  // The author's edit does not restore a deleted message: the server refuses it.
  const doing = message.deleted ? [] : items.filter(({ sending }) => sending.state !== 'refused')
  return doing.length
    ? applyChanges(
        message,
        doing.map((item) => changeOf(item, me, message)),
      )
    : message
}

function changeOf({ type, room, ref = 0, data, files, on = true, at }: Item, user: User, message: Message): Change {
  const base = { id: 0, room, user, at, ref }
  if (type === 'edit')
    return {
      ...base,
      type,
      data,
      files: (message.files ?? []).filter(({ id }) => files?.some((one) => idOfFile(one) === id) ?? true),
    }
  if (type === 'delete') return { ...base, type }
  return { ...base, type: 'react', data, on }
}

/** The messages that are still with us, but for those that the log seems to have already. */
export function unsentIn(items: readonly Item[], { room, messages }: RoomState, days: readonly Day[]): Unsent[] {
  const taken = new Set<number>()
  const said = items.filter((item) => item.room === room && item.ref === undefined)
  const waiting = said.filter((item) => !isInLog(item, messages, taken))
  const row = days.at(-1)?.rows.at(-1)
  let previous: { user: number; at: number } | undefined =
    row?.type === 'message' ? { user: row.message.user.id, at: row.message.at } : undefined
  return waiting.map((item) => {
    const follows =
      previous?.user === item.user && Math.abs(item.at - previous.at) < groupMs && item.reply === undefined
    previous = item
    return { item, follows }
  })
}

/** Whether what follows the id is here, from its first message on. */
export function reachesBack({ messages, more }: RoomState, id: number): boolean {
  return !more || (messages[0]?.id ?? Number.POSITIVE_INFINITY) <= id + 1
}

/** How many messages of others stand after an id. */
export function unreadAfter({ messages, me }: RoomState, after: number): number {
  return messages.filter(({ id, user, deleted }) => id > after && user.id !== me.id && !deleted).length
}

/** The user's newest message that can still be edited. */
export function lastOwnMessage({ messages, me }: RoomState): Message | undefined {
  return messages.findLast(({ user, deleted }) => user.id === me.id && !deleted)
}

/** A guess, for the eye only: the outbox keeps the message until the server has said so. */
function isInLog(item: Item, messages: readonly Message[], taken: Set<number>): boolean {
  const { user, data, tried, uncertain } = item
  if (!uncertain || tried === undefined) return false
  const twin = messages.find((m) => m.id > tried && m.user.id === user && m.data === data && !taken.has(m.id))
  if (twin) taken.add(twin.id)
  return twin !== undefined
}

/** Users who came and went share one row, until somebody changes the room. */
function noticeRows(notices: readonly Notice[]): Row[] {
  const rows: Row[] = []
  let together: PresenceNotice[] = []
  for (const notice of notices) {
    if (notice.type !== 'change') {
      together.push(notice)
      continue
    }
    rows.push(...presenceRows(together))
    together = []
    rows.push({ type: 'change', key: `notice ${notice.serial}`, user: notice.user, settings: notice.data })
  }
  return [...rows, ...presenceRows(together)]
}

function presenceRows(notices: readonly PresenceNotice[]): Row[] {
  if (notices.length === 0) return []
  const users = (type: PresenceNotice['type']) =>
    notices.filter((notice) => notice.type === type).map(({ user }) => user)
  const key = `notice ${notices[0]?.serial}`
  return [{ type: 'notices', key, joined: users('join'), left: users('left'), banned: users('banned') }]
}
