/** What is known and kept of messages that are stored together. */
import type { MembershipRow } from '../../queries/membership.ts'
import type { NewEntryRow, Target } from '../../rules/append.ts'
import type { KnownUser } from '../../rules/mentions.ts'

/** A room of the batch, which is locked. */
export interface LockedRoom {
  id: number
  address: string
  last: number
}

export interface Plain {
  /** Its place in the batch. */
  index: number
  entry: NewEntryRow
  /** The newest id that a read mark before it in its room names. */
  markedTo: number
}

/** What was read for the whole batch. */
export interface Read {
  /** Users and keys that the log has. */
  keys: Set<string>
  members: Map<string, MemberRow>
  /** Positions in the search index, in order. */
  places: number[]
  /** Messages that are answered, by room and id: only those of the time before the batch. */
  targets: Map<string, Target>
  /** Users who may be mentioned, by the position of the message in the batch. */
  named: Map<number, KnownUser[]>
}

export interface Known extends Read {
  rooms: Map<string, LockedRoom>
}

export interface MemberRow extends MembershipRow {
  /** Whether somebody in a room that is not public has not accepted yet to be there. */
  hasRequest: boolean
}

export interface Stored {
  entries: EntryRow[]
  indexed: { place: number; words: string }[]
  addressed: Addressed[]
}

export interface EntryRow {
  room_id: number
  id: number
  user_id: number
  key: string
  at: number
  data: string
  ref: number | null
  mentions: string | null
  place: number
}

/** A user whom a message mentions, or the message that it answers. */
export interface Addressed {
  room_id: number
  message_id: number
  author: number
  user_id: number | null
  ref: number | null
}

export function memberKey(userId: number, room: string): string {
  return `${userId} ${room}`
}

export function targetKey(roomId: number, id: number | null): string {
  return `${roomId} ${id}`
}
