/** Identifies callers of an API: the bot of a bearer token, or the user of a session cookie. */
import type { IncomingMessage } from 'node:http'
import { botSession } from '../../shared/protocol/bots.ts'
import { bearerToken } from '../http/request-origin.ts'
import type { Bot, BotStore } from '../store/store.ts'
import type { Session } from './sessions.ts'
import { hashOf } from './tokens.ts'

interface CookieSessions {
  /** How often sessions have ended or changed. */
  readonly forgotten: number
  find(request: IncomingMessage): Promise<Session | undefined>
}

/** A bot is looked up again for what took longer: that costs a query. */
const botAgainMs = 1_000

export class Callers {
  readonly #sessions: CookieSessions
  readonly #bots: Pick<BotStore, 'find'>
  /** Requests for which somebody was found. */
  readonly #found = new WeakSet<IncomingMessage>()

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
    const session = await (token === undefined ? this.#sessions.find(request) : this.findByToken(token))
    if (session) this.#found.add(request)
    return session
  }

  /** Whether who asked has signed out since, or was signed out. @param ms since then */
  async hasEnded(request: IncomingMessage, ms: number): Promise<boolean> {
    if (!this.#found.has(request)) return false
    if (bearerToken(request) !== undefined && ms < botAgainMs) return false
    return !(await this.find(request))
  }

  /** @param token of a bot */
  async findByToken(token: string): Promise<Session | undefined> {
    // What cannot be a token costs no query.
    if (!isToken(token)) return undefined
    const { forgotten } = this.#sessions
    const bot = await this.#bots.find(hashOf(token))
    // It may have been revoked during the look, before there was a connection to close.
    if (forgotten !== this.#sessions.forgotten) return await this.findByToken(token)
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
