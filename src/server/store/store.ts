/** What survives a restart. The comments are its contract, and `test/store/contract.ts` holds every backend to it. */
import type { Entry, Message, Place, RoomSummary, User } from '../../shared/protocol.ts'

export interface Store {
  /** Names this log: 32 hexadecimal digits, made at random with the store. */
  readonly epoch: string
  /** Gives the log another name, because it turns out not to be the one that clients know: a backup was restored. */
  renewEpoch(): Promise<void>

  /** Resolves with the reason once nothing can be stored any more; after that every write is rejected. */
  readonly failed: Promise<Error>

  /** Why nothing could be stored just now, a full disk say; undefined when all is well. Tries again when it was not. */
  fault(): Promise<string | undefined>

  /** The user of that name, made if there is none. Names are compared exactly: normalise them first. */
  userNamed(name: string): Promise<User>
  hasUserNamed(name: string): Promise<boolean>

  /** @param tokenHash the SHA-256 of the session's token @param at milliseconds since 1970 */
  startSession(session: { tokenHash: Uint8Array; user: User; at: number }): Promise<StoredSession>
  findSession(tokenHash: Uint8Array): Promise<StoredSession | undefined>
  /** Ending what has ended already changes nothing. */
  endSession(id: number): Promise<void>
  /** Ends the sessions that began before. @param at milliseconds since 1970 */
  endSessionsBefore(at: number): Promise<void>

  hasRoom(name: string): Promise<boolean>
  /** Makes the room of that name if there is none. @returns the id of its newest entry; 0 when there is none */
  openRoom(name: string, at: number): Promise<number>

  /** The rooms, oldest first, as many as a list may have, as they stand for `user`. One in which he has no mark counts as read to its end. */
  rooms(user: User): Promise<RoomSummary[]>

  /** Moves the mark up to which the user has read, forward only and not beyond the end. @returns where it is now */
  read(user: User, room: string, id: number): Promise<number>
  /** The mark; undefined for a user who has none in the room. */
  readMark(user: User, room: string): Promise<number | undefined>

  /**
   * Stores one entry; when it resolves, the entry survives the death of the process and of the machine.
   *
   * Ids of a room are 1, 2, 3 … without holes, in the order of commitment, and calls are committed in the order in
   * which they were made. A key that the user has used before stores nothing: the first entry's id comes back, with
   * `isNew` false. Deleting a message takes its text out of the log, and that of its edits; the entries keep their places.
   * @throws ChatError `no-such-room`, `no-such-message` (for `reply`, and for `ref` also when it is deleted), `forbidden`
   * (to change somebody else's message, or one reaction too many), or `bad-field` for a used key with other content
   */
  append(entry: NewEntry): Promise<Appended>

  /** At most `limit` entries whose id is greater than `after`, oldest first; none for a room that does not exist. */
  entriesAfter(room: string, after: number, limit: number): Promise<Entry[]>

  /** A page of messages as they stand now. */
  messages(room: string, place: Place, limit: number): Promise<Page>

  /** Finishes what was begun, then lets go of the data. */
  close(): Promise<void>
}

export interface StoredSession {
  id: number
  user: User
  /** Milliseconds since 1970. */
  startedAt: number
}

/** What an entry says, without what the store gives it. */
export type EntryContent =
  | { type: 'chat'; data: string; reply?: number | undefined }
  | { type: 'edit'; ref: number; data: string }
  | { type: 'delete'; ref: number }
  | { type: 'react'; ref: number; data: string; on: boolean }
  | { type: 'room'; data: { topic: string } }

export type NewEntry = EntryContent & {
  room: string
  user: User
  /** The sender's own name for it, unique for the user for ever. */
  key: string
  /** Milliseconds since 1970. An entry is never stored as older than the one in front of it. */
  at: number
}

export interface Appended {
  entry: Entry
  isNew: boolean
}

export interface Page {
  /** Oldest first. */
  messages: Message[]
  /** Whether there are others beyond the page: newer ones for `after`, older ones otherwise. */
  more: boolean
  /** The id of the room's newest entry when the page was read, or older: entries after it complete the page. */
  last: number
}
