/** A room as this page knows it: state and event → state. Without effects; what is to be asked stands in `need`. */
import { messageOf } from '../../shared/fold.ts'
import { isMentioned } from '../../shared/mentions.ts'
import type {
  Entry,
  Message,
  Opened,
  PresenceFrame,
  RoomKind,
  RoomRole,
  RoomSummary,
  ServerFrame,
  User,
} from '../../shared/protocol.ts'
import { companyOf, titleOf } from '../../shared/rooms.ts'
import { append, change, type Fetch, fetched, type Window } from './message-window.ts'

export interface RoomState extends Window {
  /** Its address. */
  room: string
  /** What it is called here: a conversation without a name, by the people that it is with. */
  name: string
  kind: RoomKind
  /** Those with whom a direct conversation is. */
  others: readonly User[]
  /** Their names, when it has a name of its own, which says nothing of who they are. */
  company: string
  me: User
  /** What the user is in it. */
  role: RoomRole
  /** Whether the user created it, and moderates it still. */
  isCreator: boolean
  /** A guest has brought the user in, who has not accepted yet. */
  request: boolean
  /** The ids of those whom the user has blocked. */
  blocked: ReadonlySet<number>
  /** A public room that the user has left. */
  left: boolean
  /** Until when the user is muted; milliseconds since 1970. */
  mutedUntil: number
  /** When the user wrote last, by the clock of this page. */
  wroteAt: number
  /** Empty as long as it is not known. */
  epoch: string
  /** The id up to which nothing is missing. */
  last: number
  /** When that was stored, where it is known. */
  lastAt: number | undefined
  /** The highest id that is known to exist. */
  known: number
  topic: string
  /** Only moderators may write. */
  readOnly: boolean
  /** How long each has to wait from one message to the next. */
  slowMs: number
  /** Nobody may write any more. */
  archived: boolean
  /** The id that the name, the topic and these three are from, or later. */
  settingsAsOf: number
  /** The id up to which the user has read, here or elsewhere. */
  read: number
  /** How many messages of others follow `read`, and how many of those name the user. */
  unread: number
  mentions: number
  /** The id up to which those are counted. */
  counted: number
  /** Something was changed or read that is not here, so that only the server can tell how many are left. */
  uncounted: boolean
  /** Whether the end is before the reader's eyes. */
  atEnd: boolean
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
  | Extract<ServerFrame, { type: 'history' }>
  | PresenceFrame
  | { type: 'typing'; room: string; user: User }
  | { type: 'read'; room: string; id: number }
  /** What a new line says of the room before anything else. */
  | { type: 'summary'; summary: RoomSummary }
  | { type: 'blocked'; ids: ReadonlySet<number> }
  /** A new line is open; nothing has been asked on it yet. */
  | { type: 'connection-opened' }
  | { type: 'connection-lost' }
  | { type: 'fetch'; fetch: Fetch }
  | { type: 'at-end'; atEnd: boolean }
  /** What was asked could not be answered then; it may be asked again now. */
  | { type: 'ask-again' }
  | { type: 'tick' }

const nobody: ReadonlySet<number> = new Set()
const typingMs = 5_000
/** Who is back within this had a bad line, and that is nobody's news. */
const flickerMs = 30_000
const maxNotices = 200
/** The server counts no further. */
const maxCounted = 1_000
/** Further behind than this, the newest messages are better than all of them. */
const maxCatchUp = 2_000

/** @param newer whether there are messages after those of `opened` */
export function roomFrom(opened: Opened, me: User, newer = false): RoomState {
  const state: RoomState = {
    ...blank(opened.room, me),
    epoch: opened.epoch,
    last: opened.last,
    lastAt: opened.at,
    known: opened.last,
    messages: opened.messages ?? [],
    more: opened.more,
    newer,
    read: opened.read,
    counted: opened.last,
    people: opened.list,
    online: opened.online,
    wroteAt: opened.messages?.findLast(({ user }) => user.id === me.id)?.at ?? 0,
  }
  return recounted(state)
}

/** A room of which only the summary is known: its messages are fetched when somebody looks at it. */
export function roomFromSummary(summary: RoomSummary, me: User): RoomState {
  const { room, last } = summary
  const state = { ...blank(room, me), last, known: last, more: last > 0, newer: last > 0, need: { after: last } }
  return summarized(state, summary)
}

/** A room of which nothing is known yet. */
export function newRoom(room: string, me: User): RoomState {
  return { ...blank(room, me), need: {} }
}

function blank(room: string, me: User): RoomState {
  return {
    room,
    name: room,
    kind: 'public',
    others: [],
    company: '',
    request: false,
    blocked: nobody,
    me,
    role: 'member',
    isCreator: false,
    left: false,
    mutedUntil: 0,
    wroteAt: 0,
    epoch: '',
    last: 0,
    lastAt: undefined,
    known: 0,
    messages: [],
    more: false,
    newer: false,
    fetching: undefined,
    late: [],
    topic: '',
    readOnly: false,
    slowMs: 0,
    archived: false,
    settingsAsOf: 0,
    read: 0,
    unread: 0,
    mentions: 0,
    counted: 0,
    uncounted: false,
    atEnd: false,
    notices: [],
    missed: [],
    people: [],
    online: 0,
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
      return asked(entry(state, event, now))
    case 'history':
      return fetched(state, event, state.last)
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
      return summarized(state, event.summary)
    case 'blocked':
      return recounted({ ...state, blocked: event.ids })
    case 'connection-opened':
      return { ...state, need: state.epoch || state.last ? { after: state.last } : {} }
    case 'connection-lost':
      // A new line may have another log to tell of, and its word then stands.
      return { ...state, need: undefined, fetching: undefined, late: [], typing: [], settingsAsOf: 0 }
    case 'fetch':
      return { ...state, fetching: event.fetch, late: [] }
    case 'at-end':
      return state.atEnd === event.atEnd ? state : { ...state, atEnd: event.atEnd }
    case 'ask-again':
      return { ...state, fetching: undefined, late: [], need: state.need && { ...state.need } }
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
  const { epoch } = event
  let next: RoomState = {
    ...readTo(state, event.read),
    left: false,
    epoch,
    need: undefined,
    known: Math.max(state.known, event.last),
  }
  for (const one of event.entries) next = entry(next, one, Math.min(one.at, now))
  next = withPeople(next, event, now)
  if (next.last === next.known && !event.more) return next
  if (next.known - next.last > maxCatchUp) return { ...next, need: {} }
  // An answer that brought nothing would bring nothing again.
  return { ...next, need: next.last > last ? { after: next.last } : {} }
}

function replaced(state: RoomState, event: Opened): RoomState {
  const { me, typing, read, atEnd } = state
  // In another log than before, a mark from before means nothing.
  const next = recounted({ ...roomFrom(event, me), ...aboutOf(state), typing, atEnd })
  if (event.reset) return next
  // Of so many that most of them are not here, the summary knows the number.
  const isCounted = state.counted >= event.last
  const { unread, mentions, counted, uncounted } = state
  return readTo(isCounted ? { ...next, unread, mentions, counted, uncounted } : next, read)
}

function readTo(state: RoomState, id: number): RoomState {
  return id <= state.read ? state : recounted({ ...state, read: id })
}

/** With what is unread, by the messages that are here; when they are not all of those, as far as they can tell. */
function recounted(state: RoomState): RoomState {
  const { messages, read } = state
  const last = Math.max(state.last, state.counted)
  if (read >= last) return { ...state, unread: 0, mentions: 0, uncounted: false }
  const news = messages.filter((message) => isUnread(message, state))
  const named = news.filter((message) => mentionsUser(message, state))
  if (hasAllUnread(state)) return { ...state, unread: news.length, mentions: named.length, uncounted: false }
  // No more can be unread than entries follow the mark.
  const most = last - read
  return {
    ...state,
    unread: Math.min(most, Math.max(state.unread, news.length)),
    mentions: Math.min(most, Math.max(state.mentions, named.length)),
    uncounted: true,
  }
}

/** A summary may have counted what has not come yet. */
function hasAllUnread({ messages, more, newer, read, last, counted }: RoomState): boolean {
  return !newer && counted <= last && (!more || (messages[0]?.id ?? 0) <= read + 1)
}

/** Whether it mentions the user, who does not hear of that in a request, nor from somebody whom they have blocked. */
export function mentionsUser(message: Message, { me, request, blocked }: RoomState): boolean {
  return !request && !blocked.has(message.user.id) && isMentioned(message, me.id)
}

function isUnread({ id, user, deleted }: Message, { me, read }: RoomState): boolean {
  return id > read && user.id !== me.id && !deleted
}

/** What an answer to `open` says nothing of. */
function aboutOf({
  name,
  kind,
  others,
  company,
  request,
  blocked,
  role,
  isCreator,
  mutedUntil,
  topic,
  readOnly,
  slowMs,
  archived,
  settingsAsOf,
}: RoomState) {
  return {
    name,
    kind,
    others,
    company,
    request,
    blocked,
    role,
    isCreator,
    mutedUntil,
    topic,
    readOnly,
    slowMs,
    archived,
    settingsAsOf,
  }
}

function summarized(state: RoomState, summary: RoomSummary): RoomState {
  const { kind = 'public', people = [], role = 'member', isCreator = false, left = false } = summary
  const { request = false, mutedUntil = 0 } = summary
  const { last, read, unread, mentions } = summary
  const next: RoomState = {
    ...withSettings(readTo(state, read), summary),
    ...(left && { people: [], online: 0, typing: [], need: undefined, fetching: undefined }),
    kind,
    others: people,
    role,
    isCreator,
    left,
    request,
    mutedUntil,
  }
  if (last < state.counted || read < state.read) return next
  return { ...next, unread, mentions, counted: last, uncounted: false }
}

/** Unless the log has said something newer. */
function withSettings(state: RoomState, summary: RoomSummary): RoomState {
  const { last, topic, readOnly = false, slowMs = 0, archived = false } = summary
  if (last < state.settingsAsOf) return state
  return {
    ...state,
    name: titleOf(summary),
    company: companyOf(summary),
    topic,
    readOnly,
    slowMs,
    archived,
    settingsAsOf: last,
  }
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

/** @param now when it came, or when it had been written if that is long ago */
function entry(state: RoomState, event: Entry | UnknownEntry, now: number): RoomState {
  if (event.id > state.known) state = { ...state, known: event.id }
  if (event.id !== state.last + 1) return state
  const next = { ...state, last: event.id, lastAt: 'at' in event ? event.at : undefined }
  return counted(folded(next, event, now), event)
}

function folded(state: RoomState, event: Entry | UnknownEntry, now: number): RoomState {
  switch (event.type) {
    case 'chat':
      return said(state, messageOf(event), now)
    case 'edit':
    case 'delete':
    case 'react':
      return change(state, event)
    case 'room':
      return event.id > state.settingsAsOf ? changed(state, event) : state
    case 'unknown-entry':
      return state
    default:
      return event satisfies never
  }
}

function changed(state: RoomState, { id, data }: Extract<Entry, { type: 'room' }>): RoomState {
  const { topic = state.topic, readOnly = state.readOnly, slowMs = state.slowMs, archived = state.archived } = data
  const { room, others: people } = state
  const named = data.name === undefined ? undefined : { room, name: data.name, people }
  const { name, company } = named ? { name: titleOf(named), company: companyOf(named) } : state
  return { ...state, name, company, topic, readOnly, slowMs, archived, settingsAsOf: id }
}

function said(state: RoomState, message: Message, now: number): RoomState {
  const { user } = message
  const next = append(state, message, state.atEnd)
  const wroteAt = user.id === state.me.id ? now : state.wroteAt
  return { ...next, wroteAt, typing: state.typing.filter((one) => one.user.id !== user.id) }
}

/** A summary may have counted it already. */
function counted(state: RoomState, event: Entry | UnknownEntry): RoomState {
  if (event.id <= state.counted) return state
  const next = { ...state, counted: event.id }
  switch (event.type) {
    case 'chat':
      // A page that was newer than the cursor has had it already.
      if (hasAllUnread(next)) return recounted(next)
      return isUnread(event, next) ? withOneMore(next, event) : next
    case 'edit':
    case 'delete':
      return event.ref > state.read ? recounted(next) : next
    default:
      return next
  }
}

function withOneMore(state: RoomState, message: Message): RoomState {
  const { unread, mentions } = state
  return {
    ...state,
    unread: Math.min(maxCounted, unread + 1),
    mentions: Math.min(maxCounted, mentions + Number(mentionsUser(message, state))),
  }
}

/** An entry that cannot be shown yet because others are missing before it: those are asked for, once. */
function asked(state: RoomState): RoomState {
  return state.last < state.known && !state.need ? { ...state, need: { after: state.last } } : state
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
  return [...state.notices, { serial, type, user, after: state.last, at }].slice(-maxNotices)
}

function typing(state: RoomState, user: User, now: number): RoomState {
  if (state.blocked.has(user.id)) return state
  const others = state.typing.filter((one) => one.user.id !== user.id)
  return { ...state, typing: [...others, { user, until: now + typingMs }] }
}
