/** The rooms that a `#` may mean. */
import type { Language } from '../../shared/language.ts'
import { roomFinder } from '../../shared/markdown/room-links.ts'
import { withDisplayTitle } from '../../shared/rooms.ts'
import type { RoomState } from '../room/room-state.ts'

export interface RoomToLink {
  /** What is inserted after the `#`: it means this room and no other. */
  name: string
  /** What people call it. */
  label: string
  isPrivate: boolean
}

/** The rooms that the user is in, then the other ones of the list; archived ones last. Conversations have no names to all. */
export function roomsToLink(
  states: readonly Pick<RoomState, 'room' | 'title' | 'kind' | 'left' | 'archived'>[],
  t: Language<'lobby'>['t'],
): RoomToLink[] {
  const find = roomFinder(states.map(({ room, title, kind }) => ({ room, name: title, kind })))
  return states
    .filter(({ kind }) => kind !== 'direct')
    .toSorted((a, b) => Number(a.archived) - Number(b.archived) || Number(a.left) - Number(b.left))
    .map(({ room, title, kind }) => ({
      name: find(`#${title}`, 0, 0)?.named === room ? title : room,
      label: withDisplayTitle({ room, title }, t).title,
      isPrivate: kind === 'private',
    }))
}
