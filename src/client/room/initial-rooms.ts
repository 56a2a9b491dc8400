import type { PageState } from '../../shared/page-state.ts'
import { reduce, roomFrom, roomFromSummary } from './reduce-room.ts'
import type { RoomState } from './room-state.ts'

/** A page that shows what the browser has kept: when that was written, and the rooms of which it has messages. */
export interface RestoredPage extends PageState {
  restored: { at: number; rooms: readonly RoomState[] }
}

/** The room that the page was rendered with, or those that were kept, and the others that the user can view. */
export function roomsOf({ restored, ...page }: PageState & Partial<RestoredPage>) {
  const { user, opened, newer, rooms, blocked, pinned } = page
  const states = rooms.map((summary) => roomFromSummary(summary, user))
  const all = new Map(states.map((state) => [state.room, state]))
  const shown = roomFrom(opened, user, newer, pinned && [pinned])
  for (const state of [shown, ...(restored?.rooms ?? [])]) {
    const summary = rooms.find(({ room }) => room === state.room)
    all.set(state.room, summary ? reduce(state, { type: 'summary', summary }, 0) : state)
  }
  const ids = new Set(blocked)
  return ids.size ? new Map([...all].map(([room, state]) => [room, reduce(state, { type: 'blocked', ids }, 0)])) : all
}

/** The order in which rooms are kept open. Archived rooms come last, and are kept open to learn when they are restored. */
export function archivedLast(a: { archived?: boolean }, b: { archived?: boolean }): number {
  return Number(a.archived ?? false) - Number(b.archived ?? false)
}
