import type { ServerRole, User } from '../../../shared/protocol/types.ts'
import type { EndedSession } from './sessions.ts'

/**
 * Bots are users that are programs, with a token instead of a password. Webhooks write in one room, in the name of a bot. Only the
 * hashes of tokens are stored. Admins make and revoke them by moderation actions.
 */
export interface BotStore {
  /** The bot of the token, unless it is banned. */
  find(tokenHash: Uint8Array): Promise<Bot | undefined>
  /** The webhook of the token, unless its bot is banned. */
  findHook(tokenHash: Uint8Array): Promise<Hook | undefined>
  /** All bots, by name; also those whose token was revoked. */
  list(): Promise<ListedBot[]>
  /** All webhooks, by name of bot. */
  listHooks(): Promise<ListedHook[]>
  /** Creates a bot for the operator at the command line. @throws ChatError `name-taken`, `no-such-room`, `forbidden` when there are too many */
  add(bot: NewBot & { at: number }): Promise<CreatedBot>
  /** Creates a webhook for the operator at the command line. @throws like `add` */
  addHook(hook: NewHook & { at: number }): Promise<CreatedBot>
}

export interface BotAccess {
  /** Whether it may change anything, or only read. */
  canWrite: boolean
  /** Whether it may view all public rooms; otherwise only the rooms to which it was added. */
  canViewPublic: boolean
}

export interface Bot extends BotAccess {
  user: User
  role: ServerRole
}

export interface Hook {
  id: number
  bot: Bot
  /** Its address. */
  room: string
}

export interface ListedBot extends BotAccess {
  user: User
  isRevoked: boolean
  createdAt: number
}

export interface ListedHook {
  id: number
  user: User
  /** Its address. */
  room: string
  createdAt: number
}

export interface NewBot extends BotAccess {
  /** Normalized. */
  name: string
  tokenHash: Uint8Array
  /** The addresses of rooms to which it is added. */
  rooms: readonly string[]
}

export interface NewHook {
  /** The name of a bot, which is created when there is none. */
  name: string
  tokenHash: Uint8Array
  /** Its address. */
  room: string
}

export interface CreatedBot {
  user: User
  /** Sessions of guests whose names look like that of the bot. */
  ended: EndedSession[]
}
