import type { Entry, RoomKind, Status, User } from '../../shared/protocol/types.ts'
import type { Effect } from '../store/store.ts'

/** How many messages follow the read mark, counted up to the entry `last`. */
export interface UnreadCounts {
  last: number
  unread: number
  mentions: number
}

/** What a node says of the users who have rooms open there. `version`: how many changes it has told of. */
export interface NodePresence {
  /** Its name, which is new at each start. */
  node: string
  version: number
  news:
    | { type: 'beat' }
    | { type: 'change'; room: string; user: User; isHere: boolean }
    | { type: 'all'; rooms: [string, User[]][] }
    /** To the node of that name, which answers with `all`. */
    | { type: 'wanted'; of: string }
    | { type: 'gone' }
}

/** What nodes tell each other. */
export type Publication =
  | { type: 'entry'; entry: Entry }
  | { type: 'typing'; room: string; user: User }
  /** A user has changed or cleared their status, which shows in those rooms. */
  | { type: 'status'; user: number; status: Status | undefined; rooms: readonly string[] }
  /** `from`: the connection that knows it already. With `counts` the mark was set back. */
  | { type: 'read'; room: string; kind: RoomKind; user: User; id: number; from?: string; counts?: UnreadCounts }
  | { type: 'presence'; presence: NodePresence }
  /** What the user is told outside of an open page, or where, has changed. */
  | { type: 'notifications'; user: number }
  | { type: 'save'; user: number; room: string; ref: number; on: boolean }
  /** `isOver`: it expired, or another session replaced it; else somebody ended it. */
  | { type: 'session-ended'; user: Pick<User, 'id'>; session: number; isOver?: true }
  /** It goes on under another token: a client that has only the old one is signed out. */
  | { type: 'session-renewed'; user: Pick<User, 'id'>; session: number }
  /** What a moderation action has changed. What it did to sessions is published for each of them, above. */
  | Exclude<Effect, { type: 'entry' | 'status' | 'sessions-ended' | 'invited' | 'erased' }>
