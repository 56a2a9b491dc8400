/** Who asks over an API: the bot of a bearer token, or the user of a session cookie. */
import type { IncomingMessage } from 'node:http'
import { botSession } from '../../shared/protocol/bots.ts'
import { bearerToken } from '../http/request-origin.ts'
import type { Bot, BotStore } from '../store/store.ts'
import type { Session } from './sessions.ts'
import { hashOf } from './tokens.ts'

interface CookieSessions {
  find(request: IncomingMessage): Promise<Session | undefined>
}

export class Callers {
  readonly #sessions: CookieSessions
  readonly #bots: Pick<BotStore, 'find'>

  constructor(sessions: CookieSessions, bots: Pick<BotStore, 'find'>) {
    this.#sessions = sessions
    this.#bots = bots
  }

  /**
   * A request with a bearer token is judged by it alone: a cookie that comes too must not give a page of another site, which cannot
   * know a token, the rights of its reader.
   */
  async find(request: IncomingMessage): Promise<Session | undefined> {
    const token = bearerToken(request)
    return token === undefined ? await this.#sessions.find(request) : await this.findByToken(token)
  }

  /** @param token of a bot */
  async findByToken(token: string): Promise<Session | undefined> {
    // What cannot be a token costs no query.
    const bot = isToken(token) ? await this.#bots.find(hashOf(token)) : undefined
    return bot && sessionOf(bot)
  }
}

/** The one session of a bot. It is looked up for each request, so that a revoked token is worth nothing at once. */
export function sessionOf({ user, role, canWrite, canViewPublic }: Bot): Session {
  return { id: botSession, user, role, isVerified: true, canViewPublic, ...(!canWrite && { isReadOnly: true }) }
}

function isToken(token: string): boolean {
  return /^[\w-]{43}$/.test(token)
}
