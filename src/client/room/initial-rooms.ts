import type { PageState } from '../../shared/page-state.ts'
import { reduce, roomFrom, roomFromSummary } from './reduce-room.ts'

/** The room that the page was rendered with, and the others that the user can view. */
export function roomsOf({ user, opened, newer, rooms, blocked, pinned }: PageState) {
  const shown = roomFrom(opened, user, newer, pinned && [pinned])
  const own = rooms.find(({ room }) => room === opened.room)
  const states = rooms.map((summary) => roomFromSummary(summary, user))
  const all = new Map(states.map((state) => [state.room, state]))
  all.set(opened.room, own ? reduce(shown, { type: 'summary', summary: own }, 0) : shown)
  const ids = new Set(blocked)
  return ids.size ? new Map([...all].map(([room, state]) => [room, reduce(state, { type: 'blocked', ids }, 0)])) : all
}

/** The order in which rooms are kept open. Archived rooms come last, and are kept open to learn when they are restored. */
export function archivedLast(a: { archived?: boolean }, b: { archived?: boolean }): number {
  return Number(a.archived ?? false) - Number(b.archived ?? false)
}
