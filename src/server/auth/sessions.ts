/** Sessions and their cookies. Pages and sockets look a session up with the same function. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import Cookies from 'cookies'
import { dayMs, minuteMs } from '../../shared/durations.ts'
import { ChatError } from '../../shared/protocol/errors.ts'
import type { ServerRole, User } from '../../shared/protocol/types.ts'
import type { Config } from '../config.ts'
import { clientAddress, isSecure } from '../http/client-address.ts'
import { ownHttpPort } from '../http/request-origin.ts'
import type { Credential, EndedSession, NewSession, Store, StoredSession, Viewer } from '../store/store.ts'
import { hashOf, newToken } from './tokens.ts'

/** Session cookies that are tried: a browser sends more of them only when somebody has planted them. */
const maxCookies = 4
const tokenBytes = 32
const maxSeen = 10_000
const lifetimeMs = 90 * dayMs
/** The life of a session that is not used. */
const idleMs = 30 * dayMs
/** How exactly it is known when a session was seen last. */
const touchEveryMs = 10 * minuteMs
const maxAgentCharacters = 300
/** How long a browser that is not used can prove a guest's name: the longest that browsers keep a cookie. */
const deviceMs = 400 * dayMs

/** The cookie of the releases before, over http. Its sessions go on; nothing sets it any more. */
const olderCookie = 'identity'

/**
 * The name of the session cookie. Over https (`httpPort` undefined) no other host and no insecure page can set it (RFC 6265bis,
 * 4.1.3.2), and no other name is read there. Over http each port has its own name: cookies do not know ports, so two
 * servers on one host would otherwise sign each other's users out.
 */
export function sessionCookie(httpPort: string | undefined): string {
  return httpPort === undefined ? '__Host-session' : `session-${httpPort}`
}

/** The name of the cookie with which a browser proves a guest's name again after signing out. */
export function deviceCookie(httpPort: string | undefined): string {
  return httpPort === undefined ? '__Host-device' : `device-${httpPort}`
}

/** One sign-in: the user, and what they may view and do. */
export interface Session extends Viewer {
  id: number
  role: ServerRole
  /** Set for a bot that may change nothing. */
  isReadOnly?: true
}

/** A user who signs in, and their credential. */
export interface Authentication {
  user: User
  credential: Credential
}

/** Stores a new session, perhaps with more in the same transaction. @returns the sessions that it ended */
export type StoreSession = (session: NewSession) => Promise<{ ended: EndedSession[] }>

type SessionSettings = Pick<Config, 'trustProxy' | 'publicOrigin' | 'allowedOrigins' | 'guests'>

export class Sessions {
  readonly #store: Store
  readonly #config: SessionSettings
  readonly #clock: { readonly isInDoubt: boolean }
  readonly #node: { readonly isCurrent: boolean }
  /** The sessions seen last, by the hash of their token: a request of one of them costs no query. */
  readonly #seen = new Map<string, StoredSession>()
  /** A request is looked up again after what it has read: see `refuseEnded`. */
  readonly #tokenHashes = new WeakMap<IncomingMessage, readonly Buffer[]>()
  /** How often sessions were forgotten: what was read from the store before that may be what they were. */
  #forgotten = 0

  constructor(
    store: Store,
    config: SessionSettings,
    clock = { isInDoubt: false } as { readonly isInDoubt: boolean },
    node = { isCurrent: true } as { readonly isCurrent: boolean },
  ) {
    this.#store = store
    this.#config = config
    this.#clock = clock
    this.#node = node
  }

  /**
   * Begins a session, in place of the one that the request came with, and sets its cookie.
   * @param begin stores it @returns those that it ended: their open connections are the hub's to close
   */
  async start(
    { user, credential }: Authentication,
    request: IncomingMessage,
    response: ServerResponse,
    begin: StoreSession = (session) => this.#store.sessions.start(session),
  ): Promise<EndedSession[]> {
    const token = newToken(tokenBytes)
    const inPlaceOf = await this.find(request)
    // An account has a password to prove its name.
    const device = credential.type === 'name' ? (this.#deviceOf(request) ?? newToken(tokenBytes)) : undefined
    const session = {
      tokenHash: hashOf(token),
      user,
      credential,
      inPlaceOf,
      deviceHash: device === undefined ? undefined : hashOf(device),
      at: Date.now(),
      ...this.#seenWith(request),
    }
    const { ended } = await begin(session)
    for (const one of ended) this.forget(one.user.id)
    this.#setCookie(token, request, response)
    if (device) this.#setDeviceCookie(device, request, response)
    return ended
  }

  /**
   * The session whose token the request carries; without a query when what it carries cannot be a token. Of several cookies the
   * first counts that is a session: one that was left or planted by another host must not shut anybody out.
   */
  async find(request: IncomingMessage): Promise<Session | undefined> {
    for (const tokenHash of this.#tokenHashesOf(request)) {
      const session = await this.#live(tokenHash, request)
      if (session) return session
    }
    return undefined
  }

  async #live(tokenHash: Buffer, request: IncomingMessage): Promise<Session | undefined> {
    const session = await this.#look(tokenHash)
    const now = Date.now()
    if (!session) return undefined
    const expiry = this.expiry(now)
    if (expiry && (session.startedAt <= expiry.startedAt || session.seenAt <= expiry.seenAt)) return undefined
    // Also one that was seen in the future, by a clock that was set back since.
    if (Math.abs(now - session.seenAt) >= touchEveryMs) {
      await this.#touch(session, request)
      // It may have ended meanwhile.
      return this.#live(tokenHash, request)
    }
    const { id, user, role, isVerified } = session
    return { id, user, role, isVerified, canViewPublic: this.#config.guests || role !== 'guest' }
  }

  /** Ends the session in the store and takes its cookie back. Its open connections are the hub's to close. */
  async end(session: Session, request: IncomingMessage, response: ServerResponse): Promise<void> {
    await this.#store.sessions.end(session)
    this.forget(session.user.id)
    this.cookies(request, response).set(sessionCookie(this.#httpPort(request)), null)
  }

  /** The browser no longer proves any guest's name. */
  async forgetDevice(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const device = this.#deviceOf(request)
    if (device) await this.#store.sessions.forgetDevice(hashOf(device))
    this.#setDeviceCookie(null, request, response)
  }

  /**
   * The session goes on under another token: the old token is worth nothing from now on.
   * @param renew stores the hash of the new token, together with what the session may do from now on
   */
  async renew<Result>(
    session: Session,
    request: IncomingMessage,
    response: ServerResponse,
    renew: (tokenHash: Uint8Array) => Promise<Result>,
  ): Promise<Result> {
    const token = newToken(tokenBytes)
    const result = await renew(hashOf(token))
    this.forget(session.user.id)
    this.#setCookie(token, request, response)
    return result
  }

  get forgotten(): number {
    return this.#forgotten
  }

  /** Marks those that have connections to this node: they are in use. */
  async keepAlive(open: readonly Session[]): Promise<void> {
    if (this.#clock.isInDoubt) return
    const now = Date.now()
    const ids = new Set(open.map(({ id }) => id))
    await this.#store.sessions.keepAlive([...ids], now)
    for (const session of this.#seen.values()) if (ids.has(session.id)) session.seenAt = now
  }

  /** Sessions that began, or were last seen, at these times or before have expired; none has while the clock is in doubt. */
  expiry(now: number) {
    return this.#clock.isInDoubt ? undefined : { startedAt: now - lifetimeMs, seenAt: now - idleMs }
  }

  /** Takes sessions and known browsers out of the store whose time is over. @returns what has ended; their open connections are the hub's to close */
  async dropExpired(): Promise<EndedSession[]> {
    const now = Date.now()
    const expiry = this.expiry(now)
    if (!expiry) return []
    await this.#store.sessions.forgetDevicesBefore(now - deviceMs)
    return await this.#store.sessions.endBefore(expiry.startedAt, expiry.seenAt)
  }

  /** The user's sessions, or what they may do, have changed: the store is asked again. */
  forget(userId: number): void {
    this.#forgotten++
    for (const [key, session] of this.#seen) if (session.user.id === userId) this.#seen.delete(key)
  }

  async #look(tokenHash: Buffer): Promise<StoredSession | undefined> {
    const key = tokenHash.toString('base64')
    const forgotten = this.#forgotten
    // A node that may have missed their end asks the store.
    const known = this.#node.isCurrent ? this.#seen.get(key) : undefined
    const session = known ?? (await this.#store.sessions.find(tokenHash))
    // It may have ended during the look.
    if (forgotten !== this.#forgotten) return await this.#look(tokenHash)
    if (!session) return undefined
    // A Map keeps the order in which its keys were set: the one that was seen longest ago goes first.
    this.#seen.delete(key)
    this.#seen.set(key, session)
    const oldest = this.#seen.size > maxSeen ? this.#seen.keys().next().value : undefined
    if (oldest !== undefined) this.#seen.delete(oldest)
    return session
  }

  async #touch(session: StoredSession, request: IncomingMessage): Promise<void> {
    const at = Date.now()
    // Noted at once, so that a hundred requests of one page are one write.
    session.seenAt = at
    await this.#store.sessions.touch(session.id, { at, ...this.#seenWith(request) }).catch((error) => {
      // The disk is full, say: people can still read. It is noted the next time.
      if (!(error instanceof ChatError && error.code === 'unavailable')) throw error
    })
  }

  #seenWith(request: IncomingMessage): { agent: string; address: string } {
    const agent = (request.headers['user-agent'] ?? '').slice(0, maxAgentCharacters)
    return { agent, address: clientAddress(request, this.#config.trustProxy) }
  }

  #setCookie(token: string, request: IncomingMessage, response: ServerResponse): void {
    // In place of a cookie that the same response takes back: one name, one line (RFC 6265, 4.1.1).
    const attributes = { httpOnly: true, sameSite: 'lax', maxAge: lifetimeMs, overwrite: true } as const
    this.cookies(request, response).set(sessionCookie(this.#httpPort(request)), token, attributes)
  }

  #deviceOf(request: IncomingMessage): string | undefined {
    return tokensOf(request, deviceCookie(this.#httpPort(request)))[0]
  }

  #setDeviceCookie(secret: string | null, request: IncomingMessage, response: ServerResponse): void {
    const attributes = { httpOnly: true, sameSite: 'lax', ...(secret && { maxAge: deviceMs }) } as const
    this.cookies(request, response).set(deviceCookie(this.#httpPort(request)), secret, attributes)
  }

  /** Hashes of values that may be tokens, at most `maxCookies`: each may cost a query. */
  #tokenHashesOf(request: IncomingMessage): readonly Buffer[] {
    const known = this.#tokenHashes.get(request)
    if (known) return known
    const port = this.#httpPort(request)
    const names = port === undefined ? [sessionCookie(port)] : [sessionCookie(port), olderCookie]
    const tokens = [...new Set(names.flatMap((name) => tokensOf(request, name)))].slice(0, maxCookies)
    const hashes = tokens.map(hashOf)
    this.#tokenHashes.set(request, hashes)
    return hashes
  }

  /** The name of a cookie that servers at other ports of the host do not share. */
  cookieOfPort(name: string, request: IncomingMessage): string {
    const port = this.#httpPort(request)
    return port === undefined ? name : `${name}-${port}`
  }

  /** The port that the browser sees; undefined over https. */
  #httpPort(request: IncomingMessage): string | undefined {
    return this.#isSecure(request) ? undefined : ownHttpPort(request, this.#config)
  }

  /** Cookies that are `Secure` when the client speaks TLS, to us or to a proxy that we trust. */
  cookies(request: IncomingMessage, response: ServerResponse): Cookies {
    return new Cookies(request, response, { secure: this.#isSecure(request) })
  }

  #isSecure(request: IncomingMessage): boolean {
    return isSecure(request, this.#config.trustProxy) || this.#config.publicOrigin?.startsWith('https:') === true
  }
}

/** What can be a token, in the order in which the browser sends it: that of the longest path, then the oldest, first (RFC 6265, 5.4). */
function tokensOf(request: IncomingMessage, name: string): string[] {
  const { cookie = '' } = request.headers
  const values = cookie
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`))
    .map((pair) => pair.slice(name.length + 1).replace(/^"(.*)"$/, '$1'))
  return values.filter((value) => /^[\w-]{43}$/.test(value))
}
