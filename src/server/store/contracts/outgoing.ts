import type { BotCommand, Message, User } from '../../../shared/protocol/types.ts'
import type { Bot } from './bots.ts'
import type { Meter } from './metering.ts'

/**
 * Outgoing webhooks send what happens in rooms to an address, each in the name of a bot. A webhook follows the log of each of its rooms
 * with a stored cursor, so that nothing is lost and what is sent twice is the newest message at most. It sends only what its bot may
 * read at that moment: the bot must be a member of the room. Admins make and change them by moderation actions.
 */
export interface OutgoingStore {
  /** All of them, oldest first. */
  list(): Promise<OutgoingHook[]>
  /** What the webhook has to send next. What an admin wants to have sent again comes first, also when it is paused. */
  next(hook: number, at: number): Promise<NextDelivery>
  /** Passes messages that are not for the webhook. */
  pass(hook: number, passed: readonly Passed[]): Promise<void>
  /** Keeps the result of an attempt, and moves the cursor when the message is dealt with. @returns whether the webhook is paused by it */
  note(attempt: Attempt): Promise<{ paused: PauseReason | undefined }>
  /** The newest attempts, newest first. */
  deliveries(hook: number, meter?: Meter): Promise<ListedDelivery[]>
  /** The commands of bots in the room, by name. */
  commandsIn(room: string): Promise<BotCommand[]>
}

/** What is sent: all messages of rooms, those that mention the bot, or those that begin with a command. */
export type OutgoingKind = 'messages' | 'mentions' | 'command'

/** By an admin, because the other side said `410`, or because nothing was taken for a day. */
export type PauseReason = 'admin' | 'gone' | 'failing'

export interface NewOutgoingHook {
  /** The name of a bot, which is created when there is none. */
  name: string
  kind: OutgoingKind
  /** Without the slash. */
  command?: string
  description?: string
  /** The addresses of the rooms that it follows. The bot is added to them. Mentions are followed in all rooms of the bot. */
  rooms: readonly string[]
  url: string
  secret: string
}

export interface OutgoingHook {
  id: number
  user: User
  kind: OutgoingKind
  command?: string
  description: string
  /** Their addresses; empty for mentions. */
  rooms: string[]
  url: string
  createdAt: number
  createdBy?: number
  paused?: PauseReason
  /** How often the next delivery has failed. */
  failures: number
}

/** How an admin changes one: `skip` resumes it with what comes from now on. */
export type OutgoingChange = 'pause' | 'resume' | 'skip' | 'secret' | 'resend' | 'remove'

export interface Passed {
  roomId: number
  /** The newest message that is passed. */
  to: number
}

export type NextDelivery =
  /** `passed` is worth to be kept; with `more` there are further messages to look at. */
  | { type: 'none'; passed: Passed[]; more: boolean }
  | { type: 'wait'; ms: number }
  /** What an admin wants to have sent again is gone, or the bot may not read it any more. */
  | { type: 'withdrawn'; delivery: DeliveryRef }
  | ({ type: 'send' } & Outgoing)

export interface DeliveryRef {
  hook: number
  roomId: number
  message: number
  /** The delivery that an admin has asked for. */
  asked?: number
}

export interface Outgoing {
  delivery: DeliveryRef
  kind: OutgoingKind
  command?: string
  url: string
  secret: string
  bot: Bot
  room: { room: string; name: string }
  message: Message
  /** How often this delivery has failed. */
  failures: number
}

export type DeliveryResult =
  | 'delivered'
  | 'withdrawn'
  /** Delivered, but the answer to the command could not be written in the room. */
  | 'not-posted'
  | 'refused'
  | 'gone'
  | 'redirect'
  | 'timeout'
  | 'too-large'
  | 'unreachable'
  | 'forbidden-address'

export interface Attempt extends DeliveryRef {
  at: number
  result: DeliveryResult
  /** HTTP status. */
  status?: number
  /** How the answer begins, for the admin: only of one that was no success. */
  answer?: string
  /** Whether the message is dealt with. */
  isDone: boolean
  /** When it is tried again. */
  retryAt: number
}

export interface ListedDelivery {
  id: number
  /** Its address. */
  room: string
  message: number
  /** How the message begins; empty when it was deleted. */
  text: string
  at: number
  /** Undefined while it waits. */
  result?: DeliveryResult
  status?: number
  answer?: string
}
