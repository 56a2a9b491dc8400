import type { Entry, RoomKind, ServerRole, User } from '../../../shared/protocol/types.ts'
import type { EndedSession } from './sessions.ts'

/** What a change means for connected users: the caller publishes it. */
export type Effect =
  /**
   * A user's access to a room has changed. `isIn`: whether the user is a member now; `canView`: whether a verified session of the user can
   * view it.
   */
  | { type: 'access-changed'; user: number; room: string; kind: RoomKind; isIn: boolean; canView: boolean }
  /** A public room was created; `users` are its members. */
  | { type: 'room-made'; room: string; name: string; topic: string; users: number[] }
  /** `users` were its members, or banned from it. */
  | { type: 'room-deleted'; room: string; isPublic: boolean; users: number[] }
  /** A part of a deleted room's content was erased: nobody has to be told. */
  | { type: 'erased'; room: number }
  | { type: 'entry'; entry: Entry }
  | { type: 'sessions-ended'; ended: EndedSession[] }
  | { type: 'banned'; user: number; until: number }
  /** A moderator's action has cleared the user's status, which shows in those rooms. */
  | { type: 'status'; user: number; status: undefined; rooms: string[] }
  /** For admins, and for the users who moderate the room: who was banned, from the room or from the server. */
  | { type: 'ban-notice'; room?: string; user: User; by: User; until: number; moderators: number[] }
  | { type: 'role'; user: number; role: ServerRole }
  /** The user's picture has changed: their pages come back with it. */
  | { type: 'picture'; user: number }
  | { type: 'ranges' }
  /** The settings of the server have changed. */
  | { type: 'settings' }
  /** Outgoing webhooks were made or changed. */
  | { type: 'outgoing-hooks' }
  /** The user's list of blocked users has changed. */
  | { type: 'blocks'; user: number }
  /** An invitation was created: its number. */
  | { type: 'invited'; id: number }
