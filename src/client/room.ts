/** A room as this page knows it: state and event → state. Without effects; what is to be asked stands in `need`. */
import { applyChange, applyChanges, type Change, messageOf } from '../shared/fold.ts'
import type { Entry, Message, Opened, PresenceFrame, RoomSummary, User } from '../shared/protocol.ts'

export interface RoomState {
  room: string
  epoch: string
  /** The id up to which nothing is missing. */
  last: number
  /** The highest id that is known to exist. */
  known: number
  /** Without a hole, oldest first. A page may have been newer than the cursor: the newest may be beyond `last`. */
  messages: readonly Message[]
  /** There are messages older than the first. */
  more: boolean
  /** Older messages have been asked for. */
  fetching: boolean
  /** What changed older messages since they were asked for: the answer may be from before it. */
  late: readonly Change[]
  topic: string
  /** The id that the topic is from, or later. */
  topicAsOf: number
  /** The id up to which the user has read, here or elsewhere. */
  read: number
  notices: readonly Notice[]
  /** Who was not there any more when a new line opened: perhaps only not yet. */
  missed: readonly { id: number; at: number }[]
  people: readonly User[]
  online: number
  typing: readonly Typing[]
  /** To be asked of the server: `open`, from `after`. A new object for each time it is to be asked. */
  need: Need | undefined
}

export interface Need {
  after?: number
}

/** Somebody came or went: not in the log, so it stands after the last entry that was seen. */
export interface Notice {
  serial: number
  type: 'join' | 'left'
  user: User
  after: number
  at: number
}

export interface Typing {
  user: User
  until: number
}

/** Of a type that this page has no words for. */
export interface UnknownEntry {
  type: 'unknown-entry'
  room: string
  id: number
}

export type RoomEvent =
  | Opened
  | Entry
  | UnknownEntry
  | { type: 'history'; room: string; messages: Message[]; more: boolean }
  | PresenceFrame
  | { type: 'typing'; room: string; user: User }
  | { type: 'read'; room: string; id: number }
  /** What a new line says of the room before anything else. */
  | { type: 'summary'; summary: RoomSummary }
  /** A new line is open; nothing has been asked on it yet. */
  | { type: 'line-open' }
  | { type: 'line-lost' }
  | { type: 'fetch' }
  /** What was asked could not be answered then; it may be asked again now. */
  | { type: 'ask-again' }
  | { type: 'tick' }

const typingMs = 5_000
/** Who is back within this had a bad line, and that is nobody's news. */
const flickerMs = 30_000
const mostNotices = 200
/** Further behind than this, the newest messages are better than all of them. */
const mostCatchingUp = 2_000

export function roomFrom(opened: Opened): RoomState {
  return {
    room: opened.room,
    epoch: opened.epoch,
    last: opened.last,
    known: opened.last,
    messages: opened.messages ?? [],
    more: opened.more,
    fetching: false,
    late: [],
    topic: '',
    topicAsOf: 0,
    read: opened.read,
    notices: [],
    missed: [],
    people: opened.list,
    online: opened.online,
    typing: [],
    need: undefined,
  }
}

export function reduce(state: RoomState, event: RoomEvent, now: number): RoomState {
  switch (event.type) {
    case 'opened':
      return opened(state, event, now)
    case 'chat':
    case 'edit':
    case 'delete':
    case 'react':
    case 'room':
    case 'unknown-entry':
      return asked(entry(state, event))
    case 'history':
      return history(state, event)
    case 'list':
      return { ...state, people: event.data, online: event.online }
    case 'join':
    case 'left':
      return presence(state, event, now)
    case 'online':
      return { ...state, online: event.online }
    case 'typing':
      return typing(state, event.user, now)
    case 'read':
      return readTo(state, event.id)
    case 'summary':
      return { ...readTo(state, event.summary.read), topic: event.summary.topic, topicAsOf: event.summary.last }
    case 'line-open':
      return { ...state, need: { after: state.last } }
    case 'line-lost':
      return { ...state, need: undefined, fetching: false, late: [], typing: [] }
    case 'fetch':
      return { ...state, fetching: true, late: [] }
    case 'ask-again':
      return { ...state, fetching: false, late: [], need: state.need && { ...state.need } }
    case 'tick':
      return state.typing.some(({ until }) => until <= now)
        ? { ...state, typing: state.typing.filter(({ until }) => until > now) }
        : state
    default:
      return event satisfies never
  }
}

function opened(state: RoomState, event: Opened, now: number): RoomState {
  if (!event.entries) return replaced(state, event)
  const { last } = state
  let next: RoomState = { ...readTo(state, event.read), need: undefined, known: Math.max(state.known, event.last) }
  for (const one of event.entries) next = entry(next, one)
  next = withPeople(next, event, now)
  if (next.last === next.known && !event.more) return next
  if (next.known - next.last > mostCatchingUp) return { ...next, need: {} }
  // An answer that brought nothing would bring nothing again.
  return { ...next, need: next.last > last ? { after: next.last } : {} }
}

function replaced({ typing, topic, topicAsOf, read }: RoomState, event: Opened): RoomState {
  // In another log than before, a mark from before means nothing.
  const next = { ...roomFrom(event), typing, topic, topicAsOf }
  return event.reset ? next : readTo(next, read)
}

function readTo(state: RoomState, id: number): RoomState {
  return id > state.read ? { ...state, read: id } : state
}

/** Who came and went while the line was away is not told: only who is there. */
function withPeople(state: RoomState, { list, online }: Opened, now: number): RoomState {
  const here = new Set(list.map(({ id }) => id))
  const gone = state.people.filter(({ id }) => !here.has(id)).map(({ id }) => ({ id, at: now }))
  const isBack = ({ type, user, at }: Notice) => type === 'left' && here.has(user.id) && now - at < flickerMs
  return {
    ...state,
    people: list,
    online,
    missed: [...state.missed.filter(({ at }) => now - at < flickerMs), ...gone],
    notices: state.notices.filter((notice) => !isBack(notice)),
  }
}

function entry(state: RoomState, event: Entry | UnknownEntry): RoomState {
  if (event.id > state.known) state = { ...state, known: event.id }
  if (event.id !== state.last + 1) return state
  return folded({ ...state, last: event.id }, event)
}

function folded(state: RoomState, event: Entry | UnknownEntry): RoomState {
  switch (event.type) {
    case 'chat':
      return said(state, messageOf(event))
    case 'edit':
    case 'delete':
    case 'react':
      return changed(state, event)
    case 'room':
      return event.id > state.topicAsOf ? { ...state, topic: event.data.topic, topicAsOf: event.id } : state
    case 'unknown-entry':
      return state
    default:
      return event satisfies never
  }
}

function said(state: RoomState, message: Message): RoomState {
  // A page that was newer than the cursor has it already, perhaps as it was changed since.
  if (message.id <= (state.messages.at(-1)?.id ?? 0)) return state
  return {
    ...state,
    messages: [...state.messages, message],
    typing: state.typing.filter(({ user }) => user.id !== message.user.id),
  }
}

function changed(state: RoomState, change: Change): RoomState {
  const index = state.messages.findLastIndex(({ id }) => id === change.ref)
  const message = state.messages[index]
  if (message) return { ...state, messages: state.messages.with(index, applyChange(message, change)) }
  return state.fetching ? { ...state, late: [...state.late, change] } : state
}

/** An entry that cannot be shown yet because others are missing before it: those are asked for, once. */
function asked(state: RoomState): RoomState {
  return state.last < state.known && !state.need ? { ...state, need: { after: state.last } } : state
}

function history(state: RoomState, { messages, more }: { messages: Message[]; more: boolean }): RoomState {
  // An answer to a question from before the room was replaced would leave a hole.
  if (!state.fetching) return state
  const first = state.messages[0]?.id ?? state.last + 1
  // Only what is older: the rest is here already, or comes by the log, in order.
  const older = messages.filter(({ id }) => id < first)
  const reached = messages[0]?.id ?? 0
  const asNow = (message: Message) => {
    const changes = state.late.filter(({ ref }) => ref === message.id)
    return changes.length ? applyChanges(message, changes) : message
  }
  return {
    ...state,
    fetching: false,
    late: [],
    messages: [...older.map(asNow), ...state.messages],
    more: reached <= first ? more : state.more,
  }
}

function presence(
  state: RoomState,
  { type, user, online }: Extract<PresenceFrame, { user: User }>,
  now: number,
): RoomState {
  const others = state.people.filter(({ id }) => id !== user.id)
  const isHere = others.length < state.people.length
  const next = { ...state, online, people: type === 'left' ? others : isHere ? state.people : [...others, user] }
  if (isHere === (type === 'join') || isBackFromMissing(state, type, user, now)) return next
  return { ...next, notices: noticed(state, type, user, now) }
}

function isBackFromMissing({ missed }: RoomState, type: Notice['type'], user: User, now: number): boolean {
  return type === 'join' && missed.some(({ id, at }) => id === user.id && now - at < flickerMs)
}

function noticed(state: RoomState, type: Notice['type'], user: User, at: number): readonly Notice[] {
  const previous = state.notices.findLast((notice) => notice.user.id === user.id)
  if (type === 'join' && previous?.type === 'left' && at - previous.at < flickerMs) {
    return state.notices.filter((notice) => notice !== previous)
  }
  const serial = (state.notices.at(-1)?.serial ?? 0) + 1
  return [...state.notices, { serial, type, user, after: state.last, at }].slice(-mostNotices)
}

function typing(state: RoomState, user: User, now: number): RoomState {
  const others = state.typing.filter((one) => one.user.id !== user.id)
  return { ...state, typing: [...others, { user, until: now + typingMs }] }
}
