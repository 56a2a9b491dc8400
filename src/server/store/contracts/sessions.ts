import type { ServerRole, User } from '../../../shared/protocol/types.ts'

export interface SessionStore {
  /**
   * A user keeps at most 20 sessions: unverified ones end first, and among equals the one that was seen longest ago.
   * Whether the session is verified is decided here, by what is stored at that moment. @param session with the SHA-256 of its token
   * @returns also the sessions that ended @throws ChatError `name-taken` when an account has claimed the name, or one that looks like
   * it, and it was only typed, `bad-field` when the password has changed, `forbidden` for a user who is banned
   */
  start(session: NewSession): Promise<{ session: StoredSession; ended: EndedSession[] }>
  find(tokenHash: Uint8Array): Promise<StoredSession | undefined>
  list(userId: number): Promise<ListedSession[]>
  /** Notes when, where and with what a session was seen last. */
  touch(id: number, seen: { at: number; agent: string; address: string }): Promise<void>
  /** Ending a session that has ended already changes nothing. */
  end(session: SessionRef): Promise<void>
  /**
   * Marks sessions with open connections as seen now. Corrects sessions that began, or were seen, later than now: they were
   * dated by a wrong clock. @param at milliseconds since 1970
   */
  keepAlive(ids: readonly number[], at: number): Promise<void>
  /** Ends the sessions that began, or were seen last, before. Both in milliseconds since 1970. */
  endBefore(startedAt: number, seenAt?: number): Promise<EndedSession[]>
  /** The browser with that secret no longer proves any guest's name. @param deviceHash its SHA-256 */
  forgetDevice(deviceHash: Uint8Array): Promise<void>
  /** Forgets browsers that were seen last before. Milliseconds since 1970. */
  forgetDevicesBefore(seenAt: number): Promise<void>
}

/** Names a session, also one that has ended meanwhile. A number never stands for a session of another user. */
export interface SessionRef {
  id: number
  user: Pick<User, 'id'>
}

export interface NewSession {
  tokenHash: Uint8Array
  user: User
  /** Milliseconds since 1970. */
  at: number
  /** The name alone, unless stated. */
  credential?: Credential
  /** The session that it replaces: it ends. */
  inPlaceOf?: SessionRef | undefined
  /** SHA-256 of the secret of the browser, which proves the names of guests that were verified with it before. */
  deviceHash?: Uint8Array | undefined
  agent?: string
  address?: string
}

/** How a user shows who they are. */
export type Credential =
  /**
   * A typed name verifies its user when nobody else can claim to be them: they replace a verified session of theirs, or have no session
   * anywhere and nothing to protect, or come with the secret of a browser in which they were verified before. A room that is not public, a role or an invitation is something to protect, also after it was left
   * or taken away: it may come back.
   */
  | { type: 'name' }
  /** `hash`: the stored hash of the password that was right. */
  | { type: 'password'; hash: string }
  /** For code that fills a store: nothing is checked. */
  | { type: 'store' }

export interface KeptSession {
  session: number
  oldHash: string | undefined
  /** Hash of its new token. */
  tokenHash?: Uint8Array
}

export interface StoredSession {
  id: number
  user: User
  role: ServerRole
  /** Whether the user is known to be who they say. */
  isVerified: boolean
  /** Milliseconds since 1970. */
  startedAt: number
  seenAt: number
}

export interface ListedSession extends Omit<StoredSession, 'user' | 'role'> {
  agent: string
  address: string
}

/** A session that was ended from elsewhere. */
export interface EndedSession {
  user: User
  session: number
}

/** Sessions that began, or were last seen, at these times or before have expired. Milliseconds since 1970. */
export interface SessionExpiry {
  startedAt: number
  seenAt: number
}
