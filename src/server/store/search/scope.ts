/** In which rooms and by which users a search looks: the names in its filters, as the viewer may know them. */
import { limits } from '../../../shared/protocol/limits.ts'
import type { SearchQuery } from '../../../shared/search/query.ts'
import { foldName } from '../../../shared/text.ts'
import type { Viewer } from '../contracts/accounts.ts'
import { isViewable } from '../queries/rooms.ts'
import { all, one, type Rule } from '../transaction.ts'

/** In more rooms the index is not asked for each of them: most of what it finds can be viewed. */
const maxNamedRooms = 200
/** Maximum of names that differ only in case and are searched together. */
const maxAlike = 20

export const scopeSql = {
  /** Takes what `isViewable` takes, after the user. */
  own: `
    select rooms.id, address, name from memberships {ordered join} rooms on rooms.id = room_id
    where user_id = ? and is_member = 1 and ${isViewable} limit ${limits.maxRoomsPerUser}`,
  public: `select id from rooms where kind = 'public' limit ${maxNamedRooms + 1}`,
  /** Each half takes the user, the address or the name, and what `isViewable` takes. */
  called: ['address', 'name']
    .map(
      (column) => `
    select rooms.id from rooms left join memberships on room_id = rooms.id and user_id = ?
    where ${column} = ? and kind = 'public' and ${isViewable}`,
    )
    .join(' union '),
  viewable: `
    select rooms.id from rooms left join memberships on room_id = rooms.id and user_id = ?
    where address = ? and ${isViewable}`,
  users: `select id from users {index:users_folded} where folded = ? order by id limit ${maxAlike}`,
}

/** Undefined: everywhere, or by anyone. */
export interface Scope {
  rooms: number[] | undefined
  users: number[] | undefined
}

/**
 * @param room the address of a room in which alone it looks
 * @returns undefined when nothing can be found, or the room cannot be viewed
 */
export function* scopeOf(viewer: Viewer, query: SearchQuery, room: string | undefined): Rule<Scope | undefined> {
  const access = [Date.now(), Number(viewer.canViewPublic), Number(viewer.isVerified)]
  const named = query.in.length ? yield* roomsNamed(viewer, query.in, access) : undefined
  const only = room === undefined ? undefined : yield* one<Id>(scopeSql.viewable, viewer.user.id, room, ...access)
  if (room !== undefined && (!only || (named && !named.includes(only.id)))) return undefined
  const rooms = only ? [only.id] : (named ?? (yield* fewRooms(viewer, access)))
  const users = query.from.length ? yield* usersNamed(viewer, query.from) : undefined
  return rooms?.length === 0 || users?.length === 0 ? undefined : { rooms, users }
}

interface Id {
  id: number
}

function* roomsNamed(viewer: Viewer, names: readonly string[], access: number[]): Rule<number[]> {
  const own = yield* all<Id & { address: string; name: string }>(scopeSql.own, viewer.user.id, ...access)
  const folded = new Set(names.map(foldName))
  const isNamed = ({ address, name }: (typeof own)[number]) => names.includes(address) || folded.has(foldName(name))
  const rooms = new Set(own.filter(isNamed).map(({ id }) => id))
  for (const name of names) {
    const half = [viewer.user.id, name, ...access]
    for (const { id } of yield* all<Id>(scopeSql.called, ...half, ...half)) rooms.add(id)
  }
  return [...rooms]
}

/** Those that the viewer can view, and perhaps some that they cannot; undefined when there are many. */
function* fewRooms(viewer: Viewer, access: number[]): Rule<number[] | undefined> {
  const own = yield* all<Id>(scopeSql.own, viewer.user.id, ...access)
  const open = viewer.canViewPublic ? yield* all<Id>(scopeSql.public) : []
  const rooms = [...new Set([...own, ...open].map(({ id }) => id))]
  return rooms.length > maxNamedRooms ? undefined : rooms
}

function* usersNamed({ user }: Viewer, names: readonly string[]): Rule<number[]> {
  const users = new Set<number>()
  for (const name of names) {
    if (name.toLowerCase() === 'me') users.add(user.id)
    for (const { id } of yield* all<Id>(scopeSql.users, foldName(name.normalize('NFC')))) users.add(id)
  }
  return [...users]
}
