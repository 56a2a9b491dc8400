/** What the server sends. */
import type { Reference } from './commands.ts'
import type { ErrorCode } from './errors.ts'
import type { limits } from './limits.ts'
import type {
  AuditRecord,
  BotCommand,
  Entry,
  HistoryPosition,
  Invite,
  ListedFile,
  Message,
  NotificationSettings,
  PushFault,
  PushSubscriber,
  RoomMember,
  RoomNames,
  RoomSummary,
  ServerRole,
  Status,
  User,
} from './types.ts'

export interface Opened {
  type: 'opened'
  room: string
  /** Names this log. Ids that were seen under another epoch say nothing about it. */
  epoch: string
  last: number
  /** When the entry `last` was stored; 0 when there is none. */
  at: number
  /** `after` was of another log or beyond the end: drop what you have, the answer is as if it had not been given. */
  reset: boolean
  /** Without `after`: the newest messages, oldest first. */
  messages?: Message[]
  /** With `after`: what followed it, oldest first. */
  entries?: Entry[]
  /** Without `after`: there are older messages. With it: there are further entries, and the room is not live yet. */
  more: boolean
  list: User[]
  online: number
  /** The id up to which the user has read. */
  read: number
  /** The ids of the pinned messages, in the order in which they were pinned; left out when there are none. */
  pins?: number[]
  /** The ids of its messages that the user has saved, in ascending order; left out when there are none. */
  saved?: number[]
}

export type PresenceFrame =
  | { type: 'join'; room: string; user: User; online: number }
  | { type: 'left'; room: string; user: User; online: number }
  | { type: 'online'; room: string; online: number }
  | { type: 'list'; room: string; data: User[]; online: number }

/** Members of the room have changed or cleared their statuses. */
export interface StatusFrame {
  type: 'status'
  room: string
  data: { user: number; status?: Status }[]
}

export interface NotificationsFrame extends NotificationSettings {
  type: 'notifications'
  key?: string
  /** Whether the server sends email. */
  hasMail: boolean
  /** `key`: the public key of the server (RFC 8292); without `available`, why nothing can be pushed. */
  push: { key: string; available: boolean; reason?: 'no-origin' }
  /** Oldest first. */
  subscriptions: PushSubscriber[]
  /** What a push service said to the test: `gone` when there is no such subscription any more. */
  tested?: { id: number; result: 'sent' | 'gone' | PushFault; status?: number }
}

export type ServerFrame =
  | {
      type: 'welcome'
      user: User
      rooms: RoomSummary[]
      limits: typeof limits
      heartbeatMs: number
      /** Names the page that this server serves: one that was built otherwise is older or newer. */
      build: string
      /** The user's role on the server. */
      role: ServerRole
      /** The ids of those whom the user has blocked; left out when there are none. */
      blocked?: number[]
    }
  | Opened
  | { type: 'closed'; room: string }
  /** With the number in the audit log, when a moderator deletes a message. */
  | { type: 'sent'; room: string; key: string; id: number; action?: number }
  | Entry
  /** With the `before`, `after` or `around` that it answers. */
  | ({ type: 'history'; room: string; messages: Message[]; more: boolean } & HistoryPosition)
  /** The pinned messages, the one that was pinned last first, without their reactions. */
  | { type: 'pins'; room: string; data: Message[] }
  /** The files of the room, those of the newest message first; `more`: there are files in older messages. */
  | { type: 'files'; room: string; before?: number; files: ListedFile[]; more: boolean }
  /** The commands of bots in the room, by name. */
  | { type: 'commands'; room: string; data: BotCommand[] }
  /** The messages that mention the user or reply to theirs, newest first, and their rooms; `next`: the `before` of the next page. */
  | { type: 'mentions'; before?: number; data: Message[]; rooms: RoomNames[]; next?: number }
  /** The user has saved a message, or removed it from what they have saved. */
  | { type: 'save'; room: string; ref: number; on: boolean }
  /** The messages that the user has saved, the one that was saved last first, and their rooms; `next`: as in `mentions`. */
  | { type: 'saved'; before?: number; data: Message[]; rooms: RoomNames[]; next?: number }
  /**
   * The messages that a search has found, newest first, and their rooms; `cursor`: that of the next page. A page can be empty and
   * have a next one.
   */
  | {
      type: 'found'
      query: string
      room?: string
      data: Message[]
      rooms: RoomNames[]
      /** The words around what was found in the texts of files, which are named by their ids. */
      excerpts?: { file: string; text: string }[]
      more: boolean
      cursor?: number
      /** Older messages are still being indexed. */
      incomplete?: true
    }
  /** The first message after an id that mentions the user; without `id` there is none. */
  | { type: 'next-mention'; room: string; after: number; id?: number }
  | PresenceFrame
  | StatusFrame
  | { type: 'typing'; room: string; user: User }
  /** To moderators of the room; without a room, to admins: from the server. */
  | { type: 'banned'; room?: string; user: User; by: User; until: number }
  | { type: 'read'; room: string; id: number }
  /** The user has set the mark back: how many messages follow it, counted up to the entry `last`. */
  | { type: 'read'; room: string; id: number; last: number; unread: number; mentions: number }
  /** A room that the user can see, as it stands for them now: `summary` is answered with it, and `create`, whose `key` it has. */
  | ({ type: 'room'; id?: never; gone?: never; key?: string } & RoomSummary)
  /** The user cannot view the room any more. */
  | { type: 'room'; id?: never; room: string; gone: true }
  /** The user's role on the server has changed. */
  | { type: 'role'; role: ServerRole }
  | { type: 'members'; room: string; find?: string; user?: number; data: RoomMember[]; more: boolean }
  /** With the `data` that it answers: those whose names begin so. */
  | { type: 'users'; find: string; data: User[] }
  /** The link is `/link/` and the token, on the server's own origin. */
  | { type: 'invite'; room: string; key: string; token: string; invite: Invite }
  | { type: 'invites'; room: string; data: Invite[] }
  /** Also unasked, when another connection of the user's has changed them. */
  | { type: 'blocks'; data: User[] }
  | { type: 'audit'; data: AuditRecord[]; more: boolean }
  /** What the user is told outside of an open page. With the `key` of the command that it answers. */
  | NotificationsFrame
  /** The command was carried out; `action` is its number in the audit log, if it has one. */
  | { type: 'done'; key: string; room?: string; action?: number }
  | ({ type: 'error'; code: ErrorCode; message: string; retryAfterMs?: number } & Reference)
  | { type: 'bye'; retryAfterMs: number }
  | { type: 'pong' }
