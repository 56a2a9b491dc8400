/**
 * Links to rooms: rooms named in a text with `#`, by their name or their address. Like mentions they are what `parseMarkdown` makes of the
 * rooms that the reader sees in their list. A room that they do not see there stays text, so that a message says nothing of it.
 */

import type { RoomKind } from '../protocol/types.ts'
import { type FindName, nameFinder } from './names-in-text.ts'

/** A room of the reader's list. */
export interface LinkedRoom {
  /** Its address. */
  room: string
  name: string
  kind?: RoomKind
}

/** Finds the address of the room that is named after a `#`. */
export type FindRoom = FindName<string>

/**
 * An address means its room whatever others are called, and the name of a public room comes before that of a private one: nobody can
 * give a room a name that leads others astray. Conversations have no names that all call them by.
 */
export function roomFinder(rooms: readonly LinkedRoom[]): FindRoom {
  const open = rooms.filter(({ kind = 'public' }) => kind === 'public')
  const closed = rooms.filter(({ kind }) => kind === 'private')
  const find = nameFinder<string>([
    ...[...open, ...closed].map(({ room }) => [room, room] as const),
    ...[...open, ...closed].map(({ room, name }) => [name, room] as const),
  ])
  // `##` begins no link: it is a heading without its space, or a decoration.
  return (text, at, from) => (at > from && text[at - 1] === '#' ? undefined : find(text, at, from))
}
