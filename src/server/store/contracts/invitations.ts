import type { Invite, RoomKind, User } from '../../../shared/protocol/types.ts'
import type { Meter } from './metering.ts'
import type { EndedSession, NewSession } from './sessions.ts'

/** Links with a secret token: to become the owner, to set a password, to join a room. Only the hash of a token is stored. */
export interface InvitationStore {
  create(link: NewLink): Promise<number>
  /** Creates a password link for the operator at the command line, and records that in the audit log. */
  createPasswordLink(link: { userId: number; tokenHash: Uint8Array; at: number; expiresAt: number }): Promise<void>
  /** Returns the link while it can be used: not expired, not used up, and its creator may still create it. */
  find(tokenHash: Uint8Array, at: number): Promise<Link | undefined>
  /** The invitations to a room that can be used. */
  list(room: string, at: number, meter?: Meter): Promise<Invite[]>
  /**
   * Makes the user of that name, who is created if there is none, the owner; all their sessions end. A refusal does not use the link
   * up, here and below. @throws ChatError `no-such-user` for a link that cannot be used, `name-taken`
   */
  becomeOwner(use: {
    tokenHash: Uint8Array
    name: string
    skeleton: string
    hash: string
    at: number
  }): Promise<{ user: User; ended: EndedSession[] }>
  /** @throws ChatError `no-such-user` for a link that cannot be used, `name-taken` */
  setPassword(use: {
    tokenHash: Uint8Array
    skeleton: string
    hash: string
    at: number
  }): Promise<{ user: User; ended: EndedSession[] }>
  /**
   * Adds the user to the room. @param session begins with it, if given: otherwise what the link opens would protect the
   * name before the session is verified @throws ChatError `no-such-user` for a link that cannot be used, `name-taken` when
   * the session would not be verified and has to be, and what `sessions.start` throws
   */
  join(use: {
    tokenHash: Uint8Array
    userId: number
    at: number
    session?: NewSession & { isVerificationRequired: boolean }
  }): Promise<{ room: string; kind: RoomKind; ended: EndedSession[] }>
}

export type LinkType = 'owner' | 'password' | 'invite'

export interface NewLink {
  tokenHash: Uint8Array
  type: LinkType
  userId?: number
  /** Its address. */
  room?: string
  uses: number
  expiresAt: number
  /** Undefined for the operator at the command line. */
  by?: number
  at: number
  /** To the confirmed address of the user. Such a link does not take the place of others. */
  isMailed?: true
}

export interface Link {
  id: number
  type: LinkType
  user: User | undefined
  room: { room: string; name: string; kind: RoomKind } | undefined
  by: User | undefined
}
