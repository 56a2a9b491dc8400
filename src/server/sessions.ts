/** Who is asking. Pages and sockets find it out with the same function, so both always see the same person. */
import { createHash, randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import Cookies from 'cookies'
import type { User } from '../shared/protocol.ts'
import type { Config } from './config.ts'
import { isSecure } from './forwarded.ts'
import type { Store, StoredSession } from './store/store.ts'

const cookieName = 'identity'
const mostSeen = 10_000
const lifetimeMs = 90 * 24 * 60 * 60 * 1000

export type Session = Pick<StoredSession, 'id' | 'user'>

export class Sessions {
  readonly #store: Store
  readonly #config: Pick<Config, 'trustProxy' | 'publicOrigin'>
  /** Those seen last, by the hash of their token: whoever comes back costs no query. */
  readonly #seen = new Map<string, StoredSession>()

  constructor(store: Store, config: Pick<Config, 'trustProxy' | 'publicOrigin'>) {
    this.#store = store
    this.#config = config
  }

  /** Begins a session of `user` and sets its cookie. */
  async start(user: User, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const token = randomBytes(32).toString('base64url')
    await this.#store.startSession({ tokenHash: hashOf(token), user, at: Date.now() })
    // In place of a cookie that the same response takes back: one name, one line (RFC 6265, 4.1.1).
    const attributes = { httpOnly: true, sameSite: 'lax', maxAge: lifetimeMs, overwrite: true } as const
    this.cookies(request, response).set(cookieName, token, attributes)
  }

  /** The session whose token the request carries; without a query when what it carries cannot be a token. */
  async find(request: IncomingMessage): Promise<Session | undefined> {
    const token = tokenOf(request)
    const session = token && (await this.#look(hashOf(token)))
    return session && session.startedAt > Date.now() - lifetimeMs ? session : undefined
  }

  /** Ends the session in the store and takes its cookie back. Its open connections are the hub's to close. */
  async end(session: Session, request: IncomingMessage, response: ServerResponse): Promise<void> {
    await this.#store.endSession(session.id)
    this.#forget(session.id)
    this.cookies(request, response).set(cookieName, null)
  }

  /** Takes those out of the store whose time is over. */
  async dropExpired(): Promise<void> {
    await this.#store.endSessionsBefore(Date.now() - lifetimeMs)
  }

  async #look(tokenHash: Buffer): Promise<StoredSession | undefined> {
    const key = tokenHash.toString('base64')
    const session = this.#seen.get(key) ?? (await this.#store.findSession(tokenHash))
    if (!session) return undefined
    // A Map keeps the order in which its keys were set: the one that was seen longest ago goes first.
    this.#seen.delete(key)
    this.#seen.set(key, session)
    const oldest = this.#seen.size > mostSeen ? this.#seen.keys().next().value : undefined
    if (oldest !== undefined) this.#seen.delete(oldest)
    return session
  }

  #forget(id: number): void {
    for (const [key, session] of this.#seen) if (session.id === id) this.#seen.delete(key)
  }

  /** Cookies that are `Secure` when the client speaks TLS, to us or to a proxy that we trust. */
  cookies(request: IncomingMessage, response: ServerResponse): Cookies {
    const secure =
      isSecure(request, this.#config.trustProxy) || this.#config.publicOrigin?.startsWith('https:') === true
    return new Cookies(request, response, { secure })
  }
}

function tokenOf(request: IncomingMessage): string | undefined {
  // Two cookies of that name: one of them was planted, from a sibling host or an insecure page. Which, nobody can tell.
  const { cookie = '' } = request.headers
  if (cookie.split(';').filter((pair) => pair.trim().startsWith(`${cookieName}=`)).length !== 1) return undefined
  // Reading needs no response, though the types ask for one.
  const token = new Cookies(request, undefined as unknown as ServerResponse).get(cookieName)
  return token && /^[\w-]{43}$/.test(token) ? token : undefined
}

function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}
