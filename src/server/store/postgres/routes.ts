/**
 * Which writes may be carried out side by side. What is hot, messages and read marks above all, takes the writer's lock together with
 * others and locks the rooms and users that it changes; everything else takes it alone, so that its rule sees what it sees on SQLite,
 * where one write follows the other, and those beside it see either all of it or nothing.
 */
import type { Writes } from '../calls.ts'
import type { Kind } from './order.ts'
import type { Route, Write } from './writes.ts'

type Routes = { [Name in keyof Writes]?: (...values: Parameters<Writes[Name]>) => Route }

const routes: Routes = {
  append: ({ room, userId }) => ({ room, users: [userId] }),
  markRead: (user, room) => ({ room, users: [user] }),
  markUnread: (user, room) => ({ room, users: [user] }),
  joinRoom: (user, room) => ({ room, users: [user] }),
  // Where there is such a room, it is only read: see `needsRoom`.
  openRoom: (room) => ({ room, users: [] }),
  notePush: ({ userId }) => ({ users: [userId] }),
  noteSeen: (users) => ({ users }),
  probe: () => ({ users: [] }),
}

type Keys = { [Name in keyof Writes]?: (...values: Parameters<Writes[Name]>) => string | undefined }

/** What each is about: it changes nothing that those of other keys read. */
const keys: Keys = {
  openGuest: (name) => `guest ${name}`,
  // One that replaces the session of somebody else is about both.
  startSession: ({ userId, inPlaceOf }) => (inPlaceOf ? undefined : `user ${userId}`),
  joinRoom: (user) => `user ${user}`,
  markRead: (user) => `user ${user}`,
  openRoom: (room) => `room ${room}`,
}

/**
 * Splits writes that follow each other into groups, of which one comes after the other. In a group are chains that may be carried out
 * side by side: a thousand guests who come at once do not wait for a thousand times as many answers.
 */
export function groupsOf(batch: readonly Write[], indexes: Iterable<number>): number[][][] {
  const groups: Map<string | undefined, number[]>[] = []
  for (const i of indexes) {
    const key = keyOf(batch[i] as Write)
    const last = groups.at(-1)
    const isBeside = last && key !== undefined && !last.has(undefined)
    const group: Map<string | undefined, number[]> = isBeside ? last : new Map()
    if (!isBeside) groups.push(group)
    const chain = group.get(key)
    if (chain) chain.push(i)
    else group.set(key, [i])
  }
  return groups.map((group) => [...group.values()])
}

function keyOf({ call: { name, values }, route }: Write): string | undefined {
  // It may make the room, and looks at the names of all others then.
  if (needsRoom(name) && !route) return undefined
  return (keys[name] as ((...values: readonly unknown[]) => string | undefined) | undefined)?.(...values)
}

/** @returns undefined for a write that is carried out alone */
export function routeOf(name: keyof Writes, values: readonly unknown[]): Route | undefined {
  return (routes[name] as ((...values: readonly unknown[]) => Route) | undefined)?.(...values)
}

/** Whether it is carried out alone unless its room is there: it may make it. */
export function needsRoom(name: keyof Writes): boolean {
  return name === 'openRoom'
}

export function orderOf(name: keyof Writes, route: Route | undefined): Kind {
  if (route) return 'message'
  return name === 'moderate' || name === 'createRoom' ? 'moderation' : 'other'
}
