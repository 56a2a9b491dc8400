/** What is in a room, and who is there. */
import type { Mentioned } from '../mentions.ts'

export interface User {
  id: number
  name: string
  /** Which of the ten drawings, 0 to 9; −1 when initials stand for the user. */
  image: number
  /** Names their picture, which is shown in place of it, at `/pictures/users/<id>/<picture>`. */
  picture?: string
  /** Whether the user is a program. Left out for people. */
  bot?: true
}

/** What a user says of themselves: a text, an emoji or both. */
export interface Status {
  text: string
  emoji?: string
  /** When it ends; milliseconds since 1970. Left out when it stays until it is changed. */
  until?: number
}

/** A user, with their status if they have one. */
export interface Person extends User {
  status?: Status
}

/** The roles on the server, in ascending order: each may do what those before it may. A guest has not claimed their name. */
export const serverRoles = ['guest', 'member', 'admin', 'owner'] as const
export type ServerRole = (typeof serverRoles)[number]

export const roomRoles = ['member', 'moderator'] as const
export type RoomRole = (typeof roomRoles)[number]

/** Which messages of a room the user wants to hear of while they are not in it. */
export const notificationLevels = ['all', 'mentions', 'nothing'] as const
export type NotificationLevel = (typeof notificationLevels)[number]
/** Levels of a room: `default` is that of the user. */
export const roomLevels = ['default', ...notificationLevels] as const
export type RoomLevel = (typeof roomLevels)[number]

/** Public: listed, anyone may open it. Private: for invited users. Direct: for the users it was created with. */
export const roomKinds = ['public', 'private', 'direct'] as const
export type RoomKind = (typeof roomKinds)[number]

/** What of a room can be changed. A `room` entry has those that were. */
export interface RoomSettings {
  name?: string | undefined
  topic?: string | undefined
  /** Whether only moderators may write. */
  readOnly?: boolean | undefined
  /** Slow mode: how long each user waits between two messages; 0 when it is off. */
  slowMs?: number | undefined
  /** Whether it is kept as it is: nobody may write in it any more. */
  archived?: boolean | undefined
}

/** What changed of a room: its settings, or its picture; an empty one was removed. */
export type RoomChange = RoomSettings & { picture?: string }

/** A file of a message. Its bytes are at `/files/<id>/<name>`. */
export interface FileInfo {
  /** 32 hexadecimal digits. */
  id: string
  name: string
  /** Its MIME type, recognised from its bytes. */
  type: string
  bytes: number
  /** Size of an image as it is shown. */
  width?: number
  height?: number
  /** `#rrggbb`, for its place until it is there. */
  color?: string
  /** A text in its place, for those who do not see it. */
  alt?: string
}

/** A file in the list of a room's files. */
export interface ListedFile extends FileInfo {
  /** The id of the message that has it, who sent it and when. */
  message: number
  user: User
  at: number
}

interface EntryBase {
  /** Its place in the room's log: 1, 2, 3 … without holes, in the order of commitment. */
  id: number
  room: string
  user: User
  /** Milliseconds since 1970. For display only: order is by `id`. */
  at: number
}

/** One thing that happened in a room, stored. `ref` is the id of the message that it is about. */
export type Entry =
  | (EntryBase & {
      type: 'chat'
      data: string
      reply?: number
      mentions?: Mentioned[]
      files?: FileInfo[]
      deleted?: true
    })
  /** `files`: all that the message has from now on; left out when they stay as they are. */
  | (EntryBase & { type: 'edit'; ref: number; data: string; mentions?: Mentioned[]; files?: FileInfo[] })
  | (EntryBase & { type: 'delete'; ref: number })
  | (EntryBase & { type: 'react'; ref: number; data: string; on: boolean })
  | (EntryBase & { type: 'pin'; ref: number; on: boolean })
  | (EntryBase & { type: 'room'; data: RoomChange })

/** A `chat` entry as it stands now, what followed folded in. */
export interface Message extends EntryBase {
  type: 'chat'
  /** Empty when it was deleted, and may be when it has files. */
  data: string
  /** The id of the message that this one answers. */
  reply?: number
  /** The users that it mentions, in order: people who have been in the room, with the names that the text uses. */
  mentions?: Mentioned[]
  files?: FileInfo[]
  /** When it was edited last. */
  edited?: number
  /** The ids of the users of each reaction. */
  reactions?: Record<string, number[]>
  deleted?: true
}

/** A room as it stands for a user. What is left out is false, 0, or as the first of its kind. */
export interface RoomSummary {
  /** Its address, which never changes. */
  room: string
  /** What people call it; empty for a direct conversation that has been given none. */
  name: string
  topic: string
  /** Names its picture, at `/pictures/rooms/<room>/<picture>`. */
  picture?: string
  kind?: Exclude<RoomKind, 'public'>
  /** The other users of a direct conversation. */
  people?: Person[]
  /** Whether the user moderates it. */
  role?: Exclude<RoomRole, 'member'>
  /** Whether the user created it and moderates it still: the other moderators were appointed. */
  isCreator?: true
  /** A public room that the user has left: it can be opened again. */
  left?: true
  /** A guest has added the user, who has not accepted yet. */
  request?: true
  readOnly?: true
  slowMs?: number
  archived?: true
  /** Until when the user is muted; milliseconds since 1970. */
  mutedUntil?: number
  /** Which of its messages the user wants to hear of; left out for their default. */
  notify?: NotificationLevel
  /** The id of its newest entry; 0 when there is none. */
  last: number
  /** The id up to which the user has read. */
  read: number
  /** How many messages of others follow that, at most 1,000. */
  unread: number
  /** How many of them mention the user, at most 1,000. */
  mentions: number
}

/** What a room is called: with the people of a direct conversation. */
export type RoomNames = Pick<RoomSummary, 'room' | 'name' | 'kind' | 'people'>

/** A member of a room, or a user who was removed from it. */
export interface RoomMember {
  user: User
  serverRole: ServerRole
  role: RoomRole
  mutedUntil?: number
  /** Only for moderators. */
  bannedUntil?: number
  status?: Status
  /** When they were last here, to the minute; left out when it is hidden. */
  seenAt?: number
  /** Until when the user is banned from the server. Only for admins. */
  serverBannedUntil?: number
  /** No member any more. Only for moderators who ask for the user. */
  left?: true
}

/** A slash command of a bot: a message that begins with it is sent to the bot’s webhook. */
export interface BotCommand {
  /** Without the slash. */
  name: string
  /** What it does, for people; may be empty. */
  description: string
  user: User
}

/** One invitation link to a room. Its token is sent only to its creator, once. */
export interface Invite {
  id: number
  by: User
  at: number
  expiresAt: number
  usesLeft: number
}

export const moderationActionTypes = [
  'kick',
  'mute',
  'ban',
  'ban-range',
  'role',
  'delete',
  'unreact',
  'pin',
  'picture',
  'delete-room',
  'purge',
  'change',
  'undo',
  'invite',
  'revoke',
  'add',
  'link',
  'forget-devices',
  'settings',
  'add-bot',
  'bot-token',
  'add-hook',
  'revoke-hook',
  'add-outgoing-hook',
  'change-outgoing-hook',
] as const
export type ModerationActionType = (typeof moderationActionTypes)[number]

/** One moderation action in the audit log. */
export interface AuditRecord {
  id: number
  /** `hidden` for what was done in a room that the reader cannot see. */
  type: ModerationActionType | 'hidden'
  at: number
  /** The actor; undefined for the operator at the command line. */
  by?: User
  /** To whom. */
  user?: User
  room?: string
  /** What there is to say of it: until when, which role, what was changed. */
  data: Record<string, unknown>
  /** Whether it can be undone still. */
  undoable: boolean
  /** The action that has undone it. */
  undoneBy?: number
}

/** Where a page of messages lies: before, after or around an id, or, with none of them, at the room's end. */
export interface HistoryPosition {
  before?: number | undefined
  after?: number | undefined
  around?: number | undefined
}

/** What a user wants to be told while no page of theirs is open, and when. */
export interface NotificationSettings {
  /** Level of rooms for which they have chosen none. */
  level: NotificationLevel
  /** Times of the day in their time zone, like `22:00`, between which they are told nothing. */
  quiet?: { from: string; to: string }
  /** An IANA name. */
  timeZone: string
  /** Language of emails. */
  language: 'en' | 'zh'
  /** Words that notify them, as they were typed. */
  keywords: string[]
  /** Whether notifications have the text of the message. */
  showsText: boolean
  mail?: {
    address: string
    verified: boolean
    delayMinutes: number
    /** Emails about unread messages were ended by a link. */
    stopped?: true
    /** The mail server has refused the address. */
    refused?: true
  }
}

/** Why a push service has not taken a notification. */
export type PushFault = 'refused' | 'timeout' | 'unreachable' | 'forbidden-address' | 'too-large'

/** A browser to which notifications are pushed. */
export interface PushSubscriber {
  id: number
  /** What the browser calls itself, for people. */
  browser: string
  /** It was made in this session. */
  current?: true
  created: number
  /** When the push service has taken something last. */
  lastUsed?: number
  /** What the newest attempt has met, if it failed. */
  lastError?: { at: number; reason: PushFault; status?: number }
}
