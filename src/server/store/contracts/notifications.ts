import type { LanguageCode } from '../../../shared/language.ts'
import type {
  Message,
  NotificationLevel,
  NotificationSettings,
  PushFault,
  PushSubscriber,
  RoomNames,
  User,
} from '../../../shared/protocol/types.ts'
import type { SessionExpiry } from './sessions.ts'

/**
 * What users are told while no page of theirs is open, and where. A user is told of messages in rooms of which they are a member, as far
 * as their read mark has not reached them. How far they were told of each room is kept, so that a restart loses nothing and tells of
 * nothing twice. What may be told is decided when it is told: by the rights, texts and marks of that moment.
 */
export interface NotificationStore {
  settings(userId: number): Promise<StoredNotificationSettings>
  /**
   * Changes the settings that are given. With a wider level or another keyword, what was unread before is not told. A new address for email is not verified, and waits for its link.
   */
  set(userId: number, change: NotificationChange): Promise<void>
  /** Oldest first. */
  subscriptions(userId: number): Promise<Subscriber[]>
  /**
   * Keeps the browser's subscription, for this session. One of the same endpoint is replaced, also one of another user. What was written
   * before a user's first subscription is not told. What waits for the one that it replaces is sent to it.
   * @returns the user who had the endpoint, when it was another one
   * @throws ChatError `forbidden` for one too many, and for a session that has ended
   */
  subscribe(subscription: NewSubscription): Promise<{ before: number | undefined }>
  /** The user's subscription of that number, or of that endpoint. */
  unsubscribe(userId: number, which: { id: number } | { endpoint: string }): Promise<void>
  /** The keys of this server towards push services: those that are stored, else these, which are from now on. */
  vapidKeys(made: VapidKeys): Promise<VapidKeys>

  /** Users whom something can be sent: who have a subscription, or a verified address. In ascending order. */
  reachable(): Promise<number[]>
  isReachable(userId: number): Promise<boolean>
  /** The addresses of the user's rooms of which they may have to be told something by push, and by mail. */
  pendingRooms(userId: number): Promise<{ pushes: string[]; mails: string[] }>
  /**
   * Users whom messages of the room after that one may concern, out of those who can be reached. Messages are looked at up to a limit:
   * `to` is the last one, and with `more` there are others. @param edits messages that were edited, which may mention others now
   */
  concerned(room: string, after: number, edits: readonly number[]): Promise<Concerned>
  /** The rooms in which something was written at or after that time, with their newest ids. */
  writtenSince(at: number): Promise<{ room: string; last: number }[]>
  /** Which of these notifications may have to be replaced or taken away. */
  outdated(shown: readonly ShownNotice[]): Promise<ShownNotice[]>
  /** What the user has to be pushed of the room now. */
  nextPush(userId: number, room: string, moment: PushMoment): Promise<NextPush>
  /** Keeps what became of a push. Where it failed, nextPush has it again: a message, or what takes it away. */
  notePush(result: PushResult): Promise<void>
  /** Keeps what became of a test. */
  noteTest(attempt: PushAttempt): Promise<void>
  /** What the user has to be mailed now of those rooms, of which the first ones are looked at. */
  nextMail(userId: number, rooms: readonly string[], moment: Moment): Promise<NextMail>
  /** Keeps that it was mailed, or when it is tried again. */
  noteMail(result: MailResult): Promise<void>
  /** How much of what may interest them the user has not read, over all rooms. */
  unreadCount(userId: number): Promise<number>

  /** Makes the address for which the link was made a verified one. @returns whose, if there is one */
  verifyMail(linkHash: Uint8Array, at: number): Promise<number | undefined>
  /** Whether the mail server refuses the address of the user, if they have it still. */
  noteMailRefusal(userId: number, address: string, isRefused: boolean): Promise<void>
  /** Whether the link waits for its use. */
  findMailLink(linkHash: Uint8Array, at: number): Promise<{ user: User; address: string } | undefined>
  /** The user whose mails have that token. */
  findMailToken(token: string): Promise<{ user: User; address: string } | undefined>
  /** Sends no mail about unread messages to the user from now on. The address stays. @returns whose it was */
  unsubscribeMail(token: string): Promise<number | undefined>
  /** Accounts with that verified address, at most three. */
  accountsOf(address: string): Promise<{ user: User; language: LanguageCode }[]>
}

export interface StoredNotificationSettings extends NotificationSettings {
  /** Opens the page that turns email off. */
  mailToken: string | undefined
}

/** What is not given stays. */
export interface NotificationChange {
  level?: NotificationLevel | undefined
  /** Null removes it. */
  quiet?: { from: string; to: string } | null | undefined
  timeZone?: string | undefined
  language?: LanguageCode | undefined
  keywords?: string[] | undefined
  showsText?: boolean | undefined
  mail?: MailChange | null
}

export interface MailChange {
  address: string
  delayMinutes?: number
  /** Hash of the link that verifies a new address, and the time when the link expires. */
  linkHash: Uint8Array
  linkExpiresAt: number
  /** In case the user has none. */
  token: string
}

/** Where something is pushed, and how it is encrypted for it. */
export interface PushTarget {
  id: number
  endpoint: string
  p256dh: string
  auth: string
  language: LanguageCode
  /** How often the newest attempts have failed. */
  failures: number
}

export interface NewSubscription extends Omit<PushTarget, 'id' | 'failures'> {
  userId: number
  session: number
  at: number
  /** The endpoint that it takes the place of. */
  replaces?: string
}

export interface Subscriber extends Omit<PushSubscriber, 'browser' | 'current'>, PushTarget {
  session: number
  /** The `User-Agent` of its session. */
  agent: string
}

export interface VapidKeys {
  publicKey: string
  privateKey: string
}

/** Something of the room is shown in a browser of the user. */
export interface ShownNotice {
  user: number
  room: string
}

export interface Concerned {
  users: number[]
  to: number
  more: boolean
}

/** What is the same for everybody at one moment. */
export interface Moment {
  at: number
  /** So long a message may still be read in a page. */
  graceMs: number
  /** Whether guests may view public rooms. */
  canGuestsView: boolean
}

export interface PushMoment extends Moment {
  /** Something is shown, also of a room that was deleted. */
  wasShown?: true
  /** Browsers of sessions that have expired are told nothing. */
  expiry?: SessionExpiry | undefined
}

/** A message of which somebody is told, or several of a room, the newest of which is shown. */
export interface Notice {
  room: RoomNames
  message: Message
  /** How many there are, 100 at most. */
  count: number
  /** Whether it is for the user more than for others in the room: a mention, a reply, a keyword, a direct message. */
  isDirected: boolean
}

export type NextPush =
  /** `isShown`: what they were told before is still unread. */
  | { type: 'none'; isShown?: true }
  | { type: 'wait'; ms: number; isShown?: true }
  | ({
      type: 'message'
      roomId: number
      showsText: boolean
      badge: number
      targets: PushTarget[]
      isUpdate?: true
    } & Notice)
  /** What is still shown was read, up to that message, or is nothing any more that they may see. */
  | { type: 'clear'; roomId: number; room: string; to: number; badge: number; targets: PushTarget[] }

/** `gone`: the push service knows it no more. `failed`: it is tried again, unless `retryAt` is missing. */
export type PushAttempt = { subscription: number; at: number } & PushOutcome

export type PushOutcome =
  | { type: 'sent' }
  | { type: 'gone' }
  | { type: 'failed'; reason: PushFault; status?: number; retryAt?: number }

export interface PushResult {
  userId: number
  roomId: number
  /** Up to which message the user was told. */
  to: number
  /** When the message that is shown was edited; 0 for never. */
  edited?: number
  /** Whether it shows something, or takes it away. */
  type: 'message' | 'clear'
  /** The `at` of `nextPush`, which has chosen the browsers by it: those that rested then are told later. */
  at: number
  attempts: readonly PushAttempt[]
}

/** `rest`: rooms that were not looked at, because there are too many. */
export type NextMail = { rest?: string[] } & (
  | { type: 'none' }
  /** `rooms`: those of which there is something. */
  | { type: 'wait'; ms: number; rooms: string[] }
  | {
      type: 'digest'
      rooms: string[]
      user: User
      address: string
      token: string
      language: LanguageCode
      timeZone: string
      showsText: boolean
      notices: (Notice & { messages: Message[] })[]
      /** How far the user is told of each room by it. */
      told: { roomId: number; to: number }[]
      failures: number
    }
)

export interface MailResult {
  userId: number
  told: readonly { roomId: number; to: number }[]
  /** When it is tried again; undefined when it was sent, or is given up. */
  retryAt?: number
  /** What the mail server said of the address, if anything. */
  taken?: { address: string; isRefused: boolean }
}
