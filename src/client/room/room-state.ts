/** A room as this page knows it. `reduce-room.ts` has the transitions from one state to the next. */
import type { UnknownEntry } from '../../../clients/js/src/frames.ts'
import { nowhere, type Position } from '../../../clients/js/src/position.ts'
import type { Opened, PresenceFrame, ServerFrame } from '../../shared/protocol/frames.ts'
import type {
  Entry,
  Message,
  RoomChange,
  RoomKind,
  RoomLevel,
  RoomRole,
  RoomSummary,
  User,
} from '../../shared/protocol/types.ts'
import type { Title } from '../../shared/rooms.ts'
import type { Fetch, Window } from './message-window.ts'

export interface RoomState extends Window, Title, Position {
  /** Its address. */
  room: string
  kind: RoomKind
  /** The other users of a direct conversation. */
  others: readonly User[]
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
  /** Which of its messages the user wants to hear of. */
  notify: RoomLevel
  /** When the user wrote last, by the clock of this page. */
  wroteAt: number
  topic: string
  /** Names the picture of the room; empty when it has none. */
  picture: string
  /** Only moderators may write. */
  readOnly: boolean
  /** How long each has to wait from one message to the next. */
  slowMs: number
  /** Whether nobody may write any more. */
  archived: boolean
  /** The id that the title, the topic and these three are from, or later. */
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
  /** The ids of the pinned messages, in the order in which they were pinned. */
  pins: readonly number[]
  /** Those of the pinned messages that the page has asked for, in any order. */
  pinned: readonly Message[]
  /** The ids of those that the user has saved. */
  saved: readonly number[]
  notices: readonly Notice[]
  /** Users who were missing when a new connection opened: they may be reconnecting. */
  missed: readonly { id: number; at: number }[]
  people: readonly User[]
  online: number
  typing: readonly Typing[]
}

interface NoticeBase {
  serial: number
  user: User
  after: number
  at: number
}

/** Somebody came, went or, as moderators are told, was banned: not in the log, so it stands after the last entry that was seen. */
export interface PresenceNotice extends NoticeBase {
  type: 'join' | 'left' | 'banned'
}

/** Somebody changed the room. */
export interface ChangeNotice extends NoticeBase {
  type: 'change'
  data: RoomChange
}

export type Notice = PresenceNotice | ChangeNotice

export interface Typing {
  user: User
  until: number
}

export type BanNotice = Extract<ServerFrame, { type: 'banned' }>

export type RoomEvent =
  | Opened
  | Entry
  | UnknownEntry
  | Extract<ServerFrame, { type: 'history' }>
  | Extract<ServerFrame, { type: 'pins' | 'save' }>
  | PresenceFrame
  | BanNotice
  | { type: 'typing'; room: string; user: User }
  | Extract<ServerFrame, { type: 'read' }>
  /** The user marks the message and what follows it as unread. */
  | { type: 'mark-unread'; id: number }
  /** The summary of the room in `welcome` or in a `room` frame. */
  | { type: 'summary'; summary: RoomSummary }
  | { type: 'blocked'; ids: ReadonlySet<number> }
  /** A new connection is open, and no frame was sent on it yet. */
  | { type: 'connection-opened' }
  | { type: 'connection-lost' }
  | { type: 'fetch'; fetch: Fetch }
  | { type: 'at-end'; atEnd: boolean }
  /** What was asked could not be answered then; it may be asked again now. */
  | { type: 'ask-again' }
  | { type: 'tick' }

const nobody: ReadonlySet<number> = new Set()

export function blank(room: string, me: User): RoomState {
  return {
    ...nowhere,
    room,
    title: room,
    kind: 'public',
    others: [],
    peopleNames: '',
    request: false,
    blocked: nobody,
    me,
    role: 'member',
    isCreator: false,
    left: false,
    mutedUntil: 0,
    notify: 'default',
    wroteAt: 0,
    messages: [],
    more: false,
    newer: false,
    fetching: undefined,
    late: [],
    topic: '',
    picture: '',
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
    pins: [],
    pinned: [],
    saved: [],
    notices: [],
    missed: [],
    people: [],
    online: 0,
    typing: [],
  }
}
