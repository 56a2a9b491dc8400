import type { RoomKind, RoomLevel, RoomMember, RoomRole, RoomSummary, User } from '../../../shared/protocol/types.ts'
import type { Roles, RoomAccess } from '../../../shared/rights.ts'
import type { Viewer } from './accounts.ts'
import type { Effect } from './effects.ts'
import type { Meter } from './metering.ts'

export interface RoomStore {
  exists(address: string): Promise<boolean>
  /** Creates the public room of that address if there is none. @returns the id of its newest entry; 0 when there is none */
  open(address: string, at: number, by?: User): Promise<number>
  /**
   * Creates a room whose creator moderates it. An unverified session creates only public rooms, moderates none and adds nobody.
   * A key that the user has used before creates nothing. @throws ChatError `forbidden`, `name-taken`, `no-such-user` for users whom
   * the creator cannot know, and `bad-field` for a key that was used for something else
   */
  create(room: NewRoom): Promise<{ room: string; isNew: boolean; effects: Effect[] }>
  /** The user's membership of the room, whether they can view it or not; undefined when there is no such room. */
  membership(userId: number, room: string): Promise<Membership | undefined>
  /**
   * Makes the user a member of the public room. An unverified session does not: it only gets a read mark, and
   * can be muted there. @returns the id up to which the user has read
   */
  join(userId: number, room: string, isVerified?: boolean): Promise<number>
  /** The room's members, and, if asked, the users who are banned from it, in the order of their ids; `find`: how their names begin. */
  members(room: string, page: MembersPage, meter?: Meter): Promise<RoomMember[]>
  /** The rooms that the viewer can view, oldest first, at most as many as a list may have. A room without a read mark counts as read. */
  list(viewer: Viewer, meter?: Meter): Promise<RoomSummary[]>
  /** Every room; for the command line. */
  listAll(): Promise<ListedRoom[]>
  /** The addresses of the rooms of that address, else of that name, but for conversations; for the command line. */
  listCalled(name: string): Promise<string[]>
  /** One of the rooms that the viewer can view. */
  summary(viewer: Viewer, room: string, meter?: Meter): Promise<RoomSummary | undefined>
  /**
   * Moves the user's read mark, forward only and not beyond the end. An unverified session does not move it
   * in a room of which the user is a member. @returns where it is now
   */
  markRead(user: User, room: string, id: number, isVerified?: boolean): Promise<number>
  /**
   * The rooms that the viewer can view and whose end is after their read mark; with `rooms` only those among them. An unverified
   * session has none of which the user is a member. @returns undefined when the viewer cannot view one of `rooms`
   */
  unreadRooms(viewer: Viewer, rooms?: readonly string[], meter?: Meter): Promise<UnreadRoom[] | undefined>
  /** Moves the user's read marks as `markRead` does, to the ids `last`, but makes none where the user has none. */
  markAllRead(user: User, rooms: readonly UnreadRoom[], isVerified?: boolean): Promise<void>
  /**
   * Sets the user's read mark back to before the entry, never forward. An unverified session does not move it in a room of which
   * the user is a member.
   */
  markUnread(user: User, room: string, id: number, isVerified?: boolean): Promise<void>
  /**
   * Sets which messages of the room the user wants to hear of, from now on. An unverified session does not in a room of which the user is a
   * member. @returns whether it was set: the user has opened the room before, and may set it
   */
  setNotificationLevel(user: User, room: string, level: RoomLevel, isVerified?: boolean): Promise<boolean>
  /** The read mark; undefined for a user who has none in the room. */
  readMark(user: User, room: string): Promise<number | undefined>
}

/** Which members are asked for. */
export interface MembersPage {
  /** The id of the last user of the page before. */
  after: number
  limit: number
  /** For a moderator: also the users who are banned from the room. */
  isWithBanned: boolean
  /** For an admin: also until when they are banned from the server. */
  isForAdmin?: boolean
  /** How their names begin. */
  find?: string
  /** Only this user; for a moderator also one who is no member any more. */
  user?: number | undefined
  /**
   * The id of a member who learns when the others were last seen, unless they hide it themselves; nothing of those who hide it, have
   * not accepted to be in the room, or have blocked that member.
   */
  seenBy?: number | undefined
}

export interface UnreadRoom {
  room: string
  kind: RoomKind
  /** The id of its newest entry. */
  last: number
}

export interface ListedRoom {
  name: string
  kind: RoomKind
  isArchived: boolean
  members: number
  /** The id of its newest entry. */
  last: number
}

export interface NewRoom {
  viewer: Viewer
  key: string
  /** What the key stands for: see `NewModerationAction`. */
  request?: string
  kind: RoomKind
  /** A public room's name; other rooms get an address that nobody can guess. */
  address: string
  name: string
  topic: string
  users: readonly number[]
  at: number
}

export interface Membership extends Roles, RoomAccess {
  room: string
  name: string
  topic: string
  last: number
  role: RoomRole
  readOnly: boolean
  slowMs: number
  archived: boolean
  /** Milliseconds since 1970; 0 when the user is not muted. */
  mutedUntil: number
  readTo: number | undefined
  /** A guest has added the user, who has not accepted yet. */
  isRequest: boolean
}
