import type { Effect } from './effects.ts'

/** What takes a right away, or changes what nodes keep in memory. */
export type ServerChange =
  | Extract<
      Effect,
      {
        type:
          | 'access-changed'
          | 'room-deleted'
          | 'banned'
          | 'role'
          | 'ranges'
          | 'settings'
          | 'blocks'
          | 'outgoing-hooks'
      }
    >
  /** `isOver`: it expired, or another session replaced it; else somebody ended it. */
  | { type: 'session-ended'; user: { id: number }; session: number; isOver?: true }
  /** It goes on under another token. */
  | { type: 'session-renewed'; user: { id: number }; session: number }

export interface LoggedChange {
  id: number
  change: ServerChange
}

/**
 * The server log: changes, numbered without gaps, each stored in the transaction that made it. Every node follows it like the log of a
 * room, so that a node which hears nothing of the others still learns within moments what somebody may no longer do.
 */
export interface ServerLogStore {
  /** The newest id; 0 before the first. */
  head(): Promise<number>
  /** At most `limit` changes after `id`, oldest first. Those that are older than some days may be missing. */
  after(id: number, limit: number): Promise<LoggedChange[]>
  /** Forgets what was stored before. Milliseconds since 1970. */
  forgetBefore(at: number): Promise<void>
}
