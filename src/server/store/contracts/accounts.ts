import type { ServerRole, Status, User } from '../../../shared/protocol/types.ts'
import type { ViewerAccess } from '../../../shared/rights.ts'
import type { Meter } from './metering.ts'
import type { EndedSession, KeptSession } from './sessions.ts'

/** Users: guests, who have only a name, and accounts, whose name is claimed by a password. */
export interface AccountStore {
  /**
   * Returns the guest of that name, who is created if nobody has it. Names are compared exactly: normalise them first.
   * @param skeleton what the name looks like @throws ChatError `name-taken` when an account has the name, or one
   * that looks like it
   */
  openGuest(name: string, skeleton: string): Promise<User>
  /** Sets the user's avatar: a drawing, 0 to 9, or their initials, −1. */
  setImage(userId: number, image: number): Promise<void>
  /** Notes that verified sessions of the users were here. @param at milliseconds since 1970 */
  noteSeen(userIds: readonly number[], at: number): Promise<void>
  /** Whether the user hides from others when they were here last. They do not learn it of others then either. */
  hideSeen(userId: number, isHidden: boolean): Promise<void>
  /** Sets or clears the user's status. @returns the rooms whose members see it */
  setStatus(userId: number, status: Status | undefined): Promise<string[]>
  hasUser(name: string): Promise<boolean>
  hasOwner(): Promise<boolean>
  get(userId: number): Promise<Account | undefined>
  /** Returns the account whose name looks so. An account called exactly `name` comes first, whatever skeleton it was stored with. */
  findClaimed(skeleton: string, name?: string): Promise<Account | undefined>
  /**
   * Sets the user's password; a guest becomes a member and owns the name from then on. Ends every session of the user but
   * `keep`, and the sessions of guests whose names look like this one. @param keep the session that asks, which goes on under
   * another token, and the hash of the password it was asked with: without one the session must be verified @throws ChatError
   * `name-taken` when another account has claimed the name, `forbidden` when that session is over or the password has changed
   */
  setPassword(change: { userId: number; skeleton: string; hash: string; keep?: KeptSession }): Promise<EndedSession[]>
  /** Users of that name, or of one that looks so; for the command line. */
  listLike(name: string, skeleton: string): Promise<ListedAccount[]>
  /** Accounts and guests whose names begin so; for admins. */
  list(find: string, limit: number, meter?: Meter): Promise<ListedAccount[]>
  /** Users whose names begin so and with whom the viewer shares a room. */
  listKnown(viewer: Viewer, find: string, limit: number, meter?: Meter): Promise<User[]>
  /** What a verified viewer learns of a user; undefined unless they share a room. */
  profile(viewerId: number, userId: number): Promise<Profile | undefined>
  /** The users whom the user has blocked, at most 200. */
  listBlocked(userId: number): Promise<User[]>
}

/** A user who looks at something, and how far their session is trusted. */
export interface Viewer extends ViewerAccess {
  user: User
}

export interface Account {
  user: User
  role: ServerRole
  /** Undefined for a guest. */
  passwordHash: string | undefined
  bannedUntil: number | undefined
  hidesSeen: boolean
  status: Status | undefined
}

export interface Profile {
  role: ServerRole
  status: Status | undefined
  /** Undefined when it is hidden from the viewer. */
  seenAt: number | undefined
}

export interface ListedAccount extends Pick<Account, 'user' | 'role' | 'bannedUntil'> {
  seenAt: number | undefined
}
