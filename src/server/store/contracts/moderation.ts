import type {
  AuditRecord,
  ModerationActionType,
  RoomRole,
  RoomSettings,
  ServerRole,
} from '../../../shared/protocol/types.ts'
import type { StoredSettings } from '../../../shared/server-settings.ts'
import type { Viewer } from './accounts.ts'
import type { NewBot, NewHook } from './bots.ts'
import type { Effect } from './effects.ts'
import type { Meter } from './metering.ts'
import type { NewOutgoingHook, OutgoingChange } from './outgoing.ts'
import type { Picture } from './pictures.ts'

export interface ModerationStore {
  /**
   * Checks, applies and records an action, in one transaction. A key that its actor has used before does
   * nothing: the first action's id comes back. @throws ChatError `forbidden`, `no-such-user`, `no-such-room`, `name-taken`, or
   * `bad-field` for a key that was used for something else
   */
  moderate(action: NewModerationAction): Promise<ModerationResult>
  /** Does the next part of an action that is too large for one transaction; to be called until it returns undefined. */
  continueAction(action: number, at: number): Promise<Effect[] | undefined>
  /** Actions that were not carried out to their end: the server stopped in the middle. */
  unfinishedActions(): Promise<number[]>
  /**
   * Records of the audit log, newest first. For a room that the viewer cannot view a record says only that something was done, by whom
   * and to whom, and is not found by its room or its type.
   */
  auditLog(viewer: Viewer, query: AuditQuery, limit: number, meter?: Meter): Promise<AuditRecord[]>
  bannedRanges(at: number): Promise<BannedRange[]>
  /** Erases the texts that moderators deleted before `removedBefore`, and what has expired by `at`: banned ranges and links. */
  removeExpired(at: number, removedBefore: number): Promise<void>
}

/** Which records of the audit log: those for which all that is given holds. */
export interface AuditQuery {
  /** Older than this one. */
  before?: number | undefined
  /** The user who did it, and the user to whom. */
  actor?: number | undefined
  user?: number | undefined
  /** The address of the room. */
  room?: string | undefined
  type?: ModerationActionType | undefined
}

export type NewModerationAction = ModerationAction & {
  viewer: Viewer
  key: string
  /** What the key stands for, in the actor's own words: the same each time that they send it. */
  request?: string
  at: number
}

export type ModerationAction =
  | { type: 'kick'; room: string; user: number }
  | { type: 'mute'; room: string; user: number; until: number }
  /** From a room, or from the server; `until` in the past lifts it. */
  | {
      type: 'ban'
      room: string | undefined
      user: number
      until: number
      ranges: readonly string[]
      /** Also deletes what the user has written there since then; milliseconds since 1970. */
      removeSince?: number | undefined
    }
  | { type: 'ban-range'; range: string; until: number }
  | { type: 'role'; room: string | undefined; user: number; role: RoomRole | ServerRole }
  | { type: 'unreact'; room: string; ref: number; user: number; data: string }
  | { type: 'pin'; room: string; ref: number; on: boolean }
  /** Sets the picture of a room, or removes it if there is none; removes that of a user. */
  | { type: 'picture'; room: string; picture?: Picture }
  | { type: 'picture'; user: number }
  | { type: 'delete-room'; room: string }
  | { type: 'purge'; user: number }
  | { type: 'change'; room: string; data: RoomSettings }
  | { type: 'add'; room: string; users: readonly number[] }
  | { type: 'accept'; room: string }
  | { type: 'leave'; room: string }
  | { type: 'block'; user: number; isOn: boolean }
  | { type: 'invite'; room: string; tokenHash: Uint8Array; uses: number; expiresAt: number }
  | { type: 'revoke'; room: string; id: number }
  | { type: 'link'; user: number; tokenHash: Uint8Array; expiresAt: number }
  /** Signs a guest out everywhere, and no browser can prove the name any more. */
  | { type: 'forget-devices'; user: number }
  /** Settings of the server; only the owner may change them. */
  | { type: 'settings'; data: StoredSettings }
  | { type: 'add-bot'; bot: NewBot }
  /** Without a hash the token is revoked. */
  | { type: 'bot-token'; user: number; tokenHash?: Uint8Array }
  | { type: 'add-hook'; hook: NewHook }
  | { type: 'revoke-hook'; id: number }
  | { type: 'add-outgoing-hook'; hook: NewOutgoingHook }
  /** `secret`: the new one; `delivery`: what is sent again. */
  | { type: 'change-outgoing-hook'; id: number; change: OutgoingChange; secret?: string; delivery?: number }
  | { type: 'undo'; action: number }

/** Whether an action is too large for one transaction: `continueAction` does the rest. */
export function isInPieces(action: ModerationAction): boolean {
  if (action.type === 'ban') return action.removeSince !== undefined
  return action.type === 'purge' || action.type === 'undo' || action.type === 'delete-room'
}

export interface ModerationResult {
  /** Its id in the audit log; undefined for what is not recorded. */
  action: number | undefined
  /** Whether anything was stored: not what was done before under the key, nor what changes nothing. */
  isNew: boolean
  effects: Effect[]
}

export interface BannedRange {
  range: string
  until: number
}
