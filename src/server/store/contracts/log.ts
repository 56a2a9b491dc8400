import type { Entry, HistoryPosition, Message, RoomNames, RoomSettings, User } from '../../../shared/protocol/types.ts'
import type { Viewer } from './accounts.ts'
import type { Effect } from './effects.ts'
import type { Meter } from './metering.ts'

/** A page is cut at this size, whatever its limit: a client may wait for it on a slow connection, and others wait for the reader. */
export const pageCharacters = 128 * 1024

/** The newest entry of a room that a node has given to its clients; `last` is 0 for none. */
export interface KnownHead {
  room: string
  last: number
}

/** `last`: the newest id. `at`: when the entry was stored that the node knows; 0 when it is not there. */
export interface Head {
  last: number
  at: number
}

/** The log of every room: everything that happened in it, in order. */
export interface LogStore {
  /**
   * Stores one entry; when it resolves, the entry survives the death of the process and of the machine.
   *
   * Ids of a room are 1, 2, 3 … without holes, in the order of commitment, and calls are committed in the order in
   * which they were made. A key that the user has used before stores nothing: the first entry's id comes back, with
   * `isNew` false. Deleting a message takes its text out of the log, and that of its edits; the entries keep their places.
   * @throws ChatError `no-such-room` (also for one that the user cannot view), `not-in-room` for one that they have left or were
   * removed from, `no-such-message` (for `reply`, and for
   * `ref` also when it is deleted), `forbidden` (to change another user's message, or one reaction too many), `muted`,
   * `not-accepted`, `read-only`, `too-fast` in a slow room, `no-such-file` for a file that is not the sender's, of another room, not complete or sent
   * before, or that the edited message does not have, or `bad-field` for a used key with other content and for neither text nor files
   */
  append(entry: NewEntry): Promise<Appended>
  /**
   * At most `limit` entries whose id is greater than `after`, oldest first, and no more than `pageCharacters`, but one at least;
   * none for a room that does not exist.
   */
  entriesAfter(room: string, after: number, limit: number, meter?: Meter): Promise<Entry[]>
  /** The newest entries, oldest first: at most `limit` of them, and no more than so many characters, but one at least. */
  newestEntries(room: string, limit: number, characters: number, meter?: Meter): Promise<Entry[]>
  /** When the entry was stored; 0 when there is none. */
  timeOf(room: string, id: number): Promise<number>
  /** What the log has of rooms of which a node knows that much; rooms that are not there are left out. */
  heads(rooms: readonly KnownHead[]): Promise<Map<string, Head>>
  /**
   * A page of messages as they are now: at most `limit` of them, and no more than so many characters, `pageCharacters` unless stated
   * otherwise, but one at least. A page around a message has that message.
   */
  messages(room: string, place: HistoryPosition, limit: number, meter?: Meter, characters?: number): Promise<Page>
  /** At most `limit` reactions to a message with the users who gave them, by reaction and in the order in which they were given. */
  reactions(room: string, message: number, limit: number, meter?: Meter): Promise<GivenReaction[]>
  /** The ids of the pinned messages, in the order in which they were pinned. */
  pins(room: string): Promise<number[]>
  /** At most `limit` of the pinned messages, the one that was pinned last first, without their reactions. */
  pinnedMessages(room: string, limit: number, meter?: Meter): Promise<Message[]>
  /**
   * A page of the messages that mention the user or reply to one of theirs, in all rooms that the viewer can view, newest first,
   * without their reactions. What users whom they have blocked write does not count, nor what was written in a request.
   * @param before where the page begins: `next` of the page before it
   */
  addressed(viewer: Viewer, before?: number, meter?: Meter): Promise<ListedPage>
  /** The id of the first message after `after` that mentions the user, as unread mentions are counted. */
  nextMention(user: User, room: string, after: number, meter?: Meter): Promise<number | undefined>
}

export type Alts = Readonly<Record<string, string>> | undefined

/** What an entry says, without what the store gives it. */
export type EntryContent =
  /** `files`: ids. `alts`: what stands for some of those files from now on, by id. */
  | { type: 'chat'; data: string; reply?: number | undefined; files?: readonly string[] | undefined; alts?: Alts }
  /** `files`: those that stay, in their order; all of them stay when it is left out. */
  | { type: 'edit'; ref: number; data: string; files?: readonly string[] | undefined; alts?: Alts }
  | { type: 'delete'; ref: number }
  | { type: 'react'; ref: number; data: string; on: boolean }
  | { type: 'room'; data: RoomSettings }

export type NewEntry = EntryContent & {
  room: string
  user: User
  /** An unverified session does not moderate and has no private rooms. */
  unverified?: boolean
  /** The user may write only where they were invited: guests, where the operator lets none in by themselves. */
  onlyInvited?: boolean
  /** The sender's own name for it, unique for the user forever. */
  key: string
  /** Milliseconds since 1970, by the server's clock, which may have been set: the order of entries is that of their ids. */
  at: number
}

export interface Appended {
  entry: Entry
  isNew: boolean
  /** The id of the moderation action, when a moderator deletes a message. */
  action: number | undefined
  effects: Effect[]
}

export interface GivenReaction {
  data: string
  user: User
}

/** Messages of several rooms. */
export interface ListedPage {
  messages: Message[]
  /** The rooms in which they are. */
  rooms: RoomNames[]
  /** Where the next page begins; undefined after the last. A page can be empty and have a next one. */
  next: number | undefined
}

export interface Page {
  /** Oldest first. */
  messages: Message[]
  /** Whether there are others beyond the page: newer ones for `after`, older ones otherwise. */
  more: boolean
  /** The id of the room's newest entry when the page was read, or older: entries after it complete the page. */
  last: number
}
