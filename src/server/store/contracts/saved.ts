import type { Viewer } from './accounts.ts'
import type { ListedPage } from './log.ts'
import type { Meter } from './metering.ts'

/** The messages that users keep for themselves. An unverified session has none: what the user has saved is theirs alone. */
export interface SavedStore {
  /**
   * Saves a message, or removes it from what the user has saved. To save it again changes nothing.
   * @throws ChatError `no-such-room` (also for one that the user cannot view), `no-such-message` for one that is deleted, `forbidden`
   * from an unverified session, and beyond `limits.maxSaved`
   */
  save(viewer: Viewer, change: SavedChange): Promise<void>
  /** The ids of the messages of one room that the viewer has saved, in ascending order. */
  idsIn(viewer: Viewer, room: string): Promise<number[]>
  /**
   * A page of the saved messages, the one that was saved last first, without their reactions: those that are not deleted, of rooms
   * that the viewer can view now.
   * @param before where the page begins: `next` of the page before it
   */
  list(viewer: Viewer, before?: number, meter?: Meter): Promise<ListedPage>
}

export interface SavedChange {
  room: string
  message: number
  on: boolean
  at: number
}
