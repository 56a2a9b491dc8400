/** What the list shows, from top to bottom: days, messages, who came and went, what is not sent yet. */
import type { Message, User } from '../shared/protocol.ts'
import type { Item } from './outbox.ts'
import type { Notice, RoomState } from './room.ts'
import { dayOf } from './time.ts'

export type Row =
  | { is: 'message'; key: string; message: Message; follows: boolean; own: boolean }
  | { is: 'notices'; key: string; joined: readonly User[]; left: readonly User[] }

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

/** The same person within this goes on speaking. */
const groupMs = 5 * 60_000
/** Of those who reacted; more would not fit on a screen. */
const mostNames = 20

export function daysOf({ messages, notices }: RoomState, me: number): Day[] {
  const news = notices.filter(({ user }) => user.id !== me)
  const days: Day[] = [{ key: 'before', rows: [] }]
  let day = days[0] as Day
  let next = 0
  const noticesUpTo = (id: number) => {
    const from = next
    while (next < news.length && (news[next]?.after ?? 0) < id) next++
    if (next > from) day.rows.push(noticeRow(news.slice(from, next)))
  }
  for (const message of messages) {
    noticesUpTo(message.id)
    if (day.at === undefined || dayOf(day.at) !== dayOf(message.at)) {
      day = newDay(days, message.at)
      days.push(day)
    }
    day.rows.push(messageRow(message, day.rows.at(-1), me))
  }
  noticesUpTo(Number.POSITIVE_INFINITY)
  return days.filter(({ rows }) => rows.length > 0)
}

/** A sender's clock may be wrong, so that a day comes twice; older messages of a day must not give it a new key. */
function newDay(days: readonly Day[], at: number): Day {
  const day = dayOf(at)
  const before = days.filter(({ key }) => key.startsWith(day)).length
  return { key: before ? `${day} ${before}` : day, at, rows: [] }
}

function messageRow(message: Message, previous: Row | undefined, me: number): Row {
  const { id, user, at } = message
  const follows =
    previous?.is === 'message' && previous.message.user.id === user.id && at - previous.message.at < groupMs
  return { is: 'message', key: `${id}`, message, follows, own: user.id === me }
}

/** The messages that are still with us, but for those that the log seems to have already. */
export function unsentIn(items: readonly Item[], { room, messages }: RoomState, days: readonly Day[]): Unsent[] {
  const taken = new Set<number>()
  const waiting = items.filter((item) => item.room === room && !isInLog(item, messages, taken))
  const row = days.at(-1)?.rows.at(-1)
  let previous: { user: number; at: number } | undefined =
    row?.is === 'message' ? { user: row.message.user.id, at: row.message.at } : undefined
  return waiting.map((item) => {
    const follows = previous?.user === item.user && item.at - previous.at < groupMs
    previous = item
    return { item, follows }
  })
}

/** How many messages of others stand after an id. */
export function newsIn({ messages }: RoomState, after: number, me: number): number {
  return messages.filter(({ id, user, deleted }) => id > after && user.id !== me && !deleted).length
}

/** A guess, for the eye only: the outbox keeps the message until the server has said so. */
function isInLog(item: Item, messages: readonly Message[], taken: Set<number>): boolean {
  const { user, data, tried, uncertain } = item
  if (!uncertain || tried === undefined) return false
  const twin = messages.find((m) => m.id > tried && m.user.id === user && m.data === data && !taken.has(m.id))
  if (twin) taken.add(twin.id)
  return twin !== undefined
}

function noticeRow(notices: readonly Notice[]): Row {
  const users = (type: Notice['type']) => notices.filter((notice) => notice.type === type).map(({ user }) => user)
  return { is: 'notices', key: `notice ${notices[0]?.serial}`, joined: users('join'), left: users('left') }
}

/** Whether lines of it need more room between them. */
export function hasCjk(text: string): boolean {
  return /[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]/.test(text)
}

/** `Li, Anna and 3 others`, with at most `most` names; `unnamed` are counted among the others. */
export function namesOf(users: readonly User[], most = 3, unnamed = 0): string {
  const names = [...new Set(users.map(({ name }) => `\u2068${name}\u2069`))]
  const shown = names.slice(0, names.length > most ? most : names.length)
  const others = names.length - shown.length + unnamed
  if (others > 0) return `${shown.join(', ')} and ${others} ${others === 1 ? 'other' : 'others'}`
  const last = shown.pop() ?? ''
  return shown.length ? `${shown.join(', ')} and ${last}` : last
}

/** The users of those ids, as far as one of `people` has it. */
export function whoIn(ids: readonly number[], people: readonly User[]): string {
  const wanted = new Set(ids)
  const known = people.filter(({ id }) => wanted.has(id))
  const unnamed = ids.length - known.length
  if (known.length) return namesOf(known, mostNames, unnamed)
  return unnamed === 1 ? '1 person' : `${unnamed} people`
}
