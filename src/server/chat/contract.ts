/** Types that connections, rooms, the hub, commands and transports share. No behaviour: so none of them imports another in a circle. */
import type { ServerFrame } from '../../shared/protocol/frames.ts'
import type { Entry, User } from '../../shared/protocol/types.ts'
import type { Session } from '../auth/sessions.ts'
import type { Reader } from '../rate-limit/read-queue.ts'
import type { Presence } from './presence.ts'

/** How frames look on the wire. */
export interface Codec {
  /** Whether a frame of a room looks the same on each connection: it is then encoded once. */
  readonly isShared: boolean
  /** The bytes of a frame; undefined when the protocol does not have it. @param last the room's newest id */
  write(frame: ServerFrame, last: number, to?: User): Buffer | undefined
}

/** What waits to be written to one connection. */
export interface OutputBuffer {
  readonly codec: Codec
  /** Whether there is enough for one write; only what is flushed shows whether the other side reads it. */
  readonly isFull: boolean
  /** Whether the other side reads too slowly to be given more now. */
  readonly isBehind: boolean
  push(frame: Buffer): void
  flush(): void
  /** Resolves when more may be given: at once unless the output buffer is behind. Resolves too when the connection closes. */
  drained(): Promise<void>
}

/** Sender of a command: an open connection, or one request. */
export interface Caller extends Reader {
  /** Identifies it among all callers of all nodes. */
  readonly id: string
  readonly session: Session
  readonly user: User
  reply(frame: ServerFrame): void
  /**
   * Refuses commands in a room that is not open. A request opens the room itself.
   * @returns whether the room is still open, to be asked again after a wait
   * @throws ChatError `not-in-room`, `no-such-room`
   */
  inRoom(room: string): (() => boolean) | Promise<() => boolean>
  /** How often a room was left or lost, opened or not; of a request it is not counted. */
  readonly departures: number
  /** The user has left the room, and the caller goes too. */
  leave(room: string): void
}

/** One open connection of a session. */
export interface Connection extends Caller {
  /** Replaced when the user's rights change. */
  session: Session
  readonly output: OutputBuffer
  departures: number
  /** The rooms that it has open, by address. */
  readonly rooms: Map<string, Subscription>
  /** For each room the newest notice of changed access that is being prepared. */
  accessNotices: Map<string, object> | undefined
  inRoom(room: string): () => boolean
  /** Sends what the output buffer holds, then closes. */
  close(code: number, reason: string): void
  /** Closes after an error of the server's: the client may come back and is served from the log. */
  fail(error: unknown): void
  /** Answers the command in progress and takes no further ones. */
  finish(): Promise<void>
}

/** One connection's cursor in one room. */
export interface Subscription {
  readonly room: OpenRoom
  readonly connection: Connection
  readonly output: OutputBuffer
  /** The last id that it was given. */
  cursor: number
  /** Live subscriptions get new entries as they come; the others are served from the log until they have caught up. */
  isLive: boolean
  /** Identifies the current delivery: opening the room again ends the one before. */
  delivery: object | undefined
}

/** A room that is open on this node. */
export interface OpenRoom {
  readonly name: string
  readonly presence: Presence
  /** The id of the newest entry that subscriptions may see. The store may have later ones, whose publication is on its way. */
  readonly last: number
  /** When that entry was stored; 0 when there is none. */
  readonly lastAt: number
  /**
   * Whether the log has an entry of that id and time. Another log under the same address, of a restored backup or of a room that was
   * made again, has other times, however long it is. Without a time the id has to do.
   */
  has(id: number, at: number | undefined): Promise<boolean>
  /** When the entry was stored; 0 for none. */
  timeOf(id: number): Promise<number>
  /**
   * At most `limit` entries after `cursor`, oldest first; from memory if they are there.
   * @param reader pays for it @throws ChatError `too-fast`
   */
  entriesAfter(reader: Reader, cursor: number, limit: number): Promise<Entry[]>
  /** From now on the subscription gets every entry after `cursor`. */
  follow(subscription: Subscription, cursor: number): void
  /** Gives the subscription nothing more until it is followed again. */
  unfollow(subscription: Subscription): void
  remove(subscription: Subscription): void
  /** Whether nobody is there: no subscription and no user in their time of grace. */
  readonly isEmpty: boolean
  /** Nobody has the room open any more, or it is deleted. */
  end(): void
}
