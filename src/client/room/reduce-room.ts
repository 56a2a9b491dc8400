/** State and event → state, without effects; what is to be asked of the server is in `need`. */
import type { UnknownEntry } from '../../../clients/js/src/frames.ts'
import {
  reconnected,
  startingAt,
  withAnswer,
  withEntry,
  withGap,
  withOpened,
} from '../../../clients/js/src/position.ts'
import type { Opened } from '../../shared/protocol/frames.ts'
import type { Entry, Message, RoomSummary, User } from '../../shared/protocol/types.ts'
import { titleOf } from '../../shared/rooms.ts'
import { withPin, withPinChange } from '../pins/pinned-messages.ts'
import { append, change, fetched } from './message-window.ts'
import { banned, presence, typing, withNotice, withPeople } from './room-presence.ts'
import { blank, type RoomEvent, type RoomState } from './room-state.ts'
import { counted, recounted, withRead } from './unread-counts.ts'

/** Further behind than this, the newest messages are better than all of them. */
const maxCatchUp = 2_000

type MarkSetBack = Extract<RoomEvent, { type: 'read'; unread: number }>

/** @param newer whether there are messages after those of `opened` */
export function roomFrom(opened: Opened, me: User, newer = false, pinned: readonly Message[] = []): RoomState {
  return recounted({ ...blank(opened.room, me), ...openedFields(opened, me), newer, pinned })
}

/** The fields that an `opened` frame with messages decides. The others keep their value. */
function openedFields(opened: Opened, me: User) {
  return {
    ...startingAt(opened),
    left: false,
    messages: opened.messages ?? [],
    more: opened.more,
    newer: false,
    fetching: undefined,
    late: [],
    read: opened.read,
    unread: 0,
    mentions: 0,
    counted: opened.last,
    uncounted: false,
    people: opened.list,
    online: opened.online,
    pins: opened.pins ?? [],
    pinned: [],
    saved: opened.saved ?? [],
    notices: [],
    missed: [],
    wroteAt: opened.messages?.findLast(({ user }) => user.id === me.id)?.at ?? 0,
  } satisfies Partial<RoomState>
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

export function reduce(state: RoomState, event: RoomEvent, now: number): RoomState {
  switch (event.type) {
    case 'opened':
      return opened(state, event, now)
    case 'chat':
    case 'edit':
    case 'delete':
    case 'react':
    case 'pin':
    case 'room':
    case 'unknown-entry':
      return withGap(entry(state, event, now))
    case 'history':
      return fetched(state, event, state.last)
    case 'pins':
      return { ...state, pinned: event.data }
    case 'save':
      return withSave(state, event)
    case 'list':
      return { ...state, people: event.data, online: event.online }
    case 'join':
    case 'left':
      return presence(state, event, now)
    case 'banned':
      return banned(state, event.user, now)
    case 'online':
      return { ...state, online: event.online }
    case 'typing':
      return typing(state, event.user, now)
    case 'read':
      return 'unread' in event ? setBack(state, event) : readTo(state, event.id)
    case 'mark-unread':
      return event.id > state.read ? state : recounted({ ...state, read: Math.max(0, event.id - 1) })
    case 'summary':
      return summarized(state, event.summary)
    case 'blocked':
      return recounted({ ...state, blocked: event.ids })
    case 'connection-opened':
      return reconnected(state)
    case 'connection-lost':
      // The server behind the next connection may have another log, with other settings.
      return { ...state, need: undefined, fetching: undefined, late: [], typing: [], settingsAsOf: 0 }
    case 'fetch':
      // The answer to the request that it replaces may look the same and be older.
      return { ...state, fetching: event.fetch, late: state.fetching ? state.late : [] }
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
  let next: RoomState = {
    ...withOpened(readTo(state, event.read), event),
    left: false,
    // They may be newer than the entries, which lead there too.
    pins: event.pins ?? [],
    saved: event.saved ?? [],
  }
  for (const one of event.entries) next = entry(next, one, Math.min(one.at, now))
  return withAnswer(withPeople(next, event, now), state.last, event.more, maxCatchUp)
}

function replaced(state: RoomState, event: Opened): RoomState {
  const next = recounted({ ...state, ...openedFields(event, state.me) })
  // In another log, the read mark from before means nothing.
  if (event.reset) return next
  // When most unread messages are not loaded, the summary has their number.
  const isCounted = state.counted >= event.last
  const { read, unread, mentions, counted, uncounted } = state
  return readTo(isCounted ? { ...next, unread, mentions, counted, uncounted } : next, read)
}

function readTo(state: RoomState, id: number): RoomState {
  return id <= state.read ? state : withRead(state, id)
}

function setBack(state: RoomState, { id, last, unread, mentions }: MarkSetBack): RoomState {
  const next = { ...state, read: id }
  // Messages have come that the server had not counted.
  if (last < state.counted) return recounted(next)
  return { ...next, unread, mentions, counted: last, uncounted: false }
}

function summarized(state: RoomState, summary: RoomSummary): RoomState {
  const { kind = 'public', people = [], role = 'member', isCreator = false, left = false } = summary
  const { request = false, mutedUntil = 0, notify = 'default' } = summary
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
    notify,
  }
  if (last < state.counted || read < state.read) return next
  return { ...next, unread, mentions, counted: last, uncounted: false }
}

function withSave(state: RoomState, { ref, on }: Extract<RoomEvent, { type: 'save' }>): RoomState {
  const others = state.saved.filter((id) => id !== ref)
  return { ...state, saved: on ? [...others, ref] : others }
}

/** Unless the log has said something newer. */
function withSettings(state: RoomState, summary: RoomSummary): RoomState {
  const { last, topic, picture = '', readOnly = false, slowMs = 0, archived = false } = summary
  if (last < state.settingsAsOf) return state
  return {
    ...state,
    ...titleOf(summary),
    topic,
    picture,
    readOnly,
    slowMs,
    archived,
    settingsAsOf: last,
  }
}

/** @param now when it came, or when it had been written if that is long ago */
function entry(state: RoomState, event: Entry | UnknownEntry, now: number): RoomState {
  const next = withEntry(state, event)
  return next.last === state.last ? next : counted(folded(next, event, now), event)
}

function folded(state: RoomState, event: Entry | UnknownEntry, now: number): RoomState {
  switch (event.type) {
    case 'chat':
      return said(state, event, now)
    case 'edit':
    case 'delete':
    case 'react':
      return change(withPinChange(state, event), event)
    case 'pin':
      return withPin(state, event)
    case 'room':
      return changed(state, event)
    case 'unknown-entry':
      return state
    default:
      return event satisfies never
  }
}

function changed(state: RoomState, { id, user, at, data }: Extract<Entry, { type: 'room' }>): RoomState {
  const notices = withNotice(state, { type: 'change', user, after: id, at, data })
  // A summary may have said it before the entry came.
  if (id <= state.settingsAsOf) return { ...state, notices }
  const { topic = state.topic, readOnly = state.readOnly, slowMs = state.slowMs, archived = state.archived } = data
  const { picture = state.picture } = data
  const { room, others: people } = state
  const title = data.name === undefined ? {} : titleOf({ room, name: data.name, people })
  return { ...state, ...title, topic, picture, readOnly, slowMs, archived, settingsAsOf: id, notices }
}

function said(state: RoomState, message: Message, now: number): RoomState {
  const { user } = message
  const next = append(state, message, state.atEnd)
  const wroteAt = user.id === state.me.id ? now : state.wroteAt
  return { ...next, wroteAt, typing: state.typing.filter((one) => one.user.id !== user.id) }
}
