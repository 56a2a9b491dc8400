/** Rooms, and who belongs to them. */
import type { DatabaseSync } from 'node:sqlite'
import { ChatError, hiddenPrefix, limits, type RoomKind } from '../../shared/protocol.ts'
import { confusableSkeleton } from '../auth/confusables.ts'
import { usedKey } from './sqlite-log.ts'
import { requestsIn } from './sqlite-requests.ts'
import { forbidden, rightsIn } from './sqlite-rights.ts'
import { rows } from './sqlite-rows.ts'
import type { Effect, NewRoom } from './store.ts'

export interface RoomWrites {
  openRoom(address: string, at: number, by: number | null): number
  createRoom(room: NewRoom): { room: string; isNew: boolean; effects: Effect[] }
  joinRoom(userId: number, room: string, at: number, isVerified: boolean): number
  markRead(userId: number, room: string, id: number, isVerified: boolean): number
}

export interface Rooms extends RoomWrites {
  /** They belong to the room from now on; of what a guest does they are asked. @returns those who did not before */
  bringIn(roomId: number, users: Iterable<number>, guest?: number): number[]
}

export function roomWrites(database: DatabaseSync): Rooms {
  const { run, one, all } = rows(database)
  const rights = rightsIn({ one })
  const requests = requestsIn({ run, one, all })
  /** Of none: a new room may have no other's name. */
  const noRoom = 0

  return {
    openRoom(address, at, by) {
      const known = one<{ last: number }>('select last from rooms where address = ?', address)
      if (known) return known.last
      // A private room may have been deleted since its address was looked up.
      if (address.startsWith(hiddenPrefix)) throw new ChatError('no-such-room', 'There is no such room.')
      rights.refuseTakenName(noRoom, address)
      const values = [address, address, confusableSkeleton(address), at, by]
      run('insert into rooms (address, name, skeleton, created_at, created_by) values (?, ?, ?, ?, ?)', ...values)
      if (by !== null) makeModerator(address, by)
      return 0
    },

    createRoom({ viewer, key, request = '', kind, address, name, topic, users, at }) {
      const by = viewer.user.id
      const known = one<{ room: string; asked: string }>(
        'select address as room, created_as as asked from rooms where created_by = ? and created_key = ?',
        by,
        key,
      )
      if (known && known.asked !== request) throw usedKey()
      if (known) return { room: known.room, isNew: false, effects: [] }
      const others = [...new Set(users)].filter((id) => id !== by)
      refuseUnlessMayMake({ viewer, kind, isWithOthers: others.length > 0, at })
      for (const id of others) rights.refuseUnknown(id, { viewer, at })
      rights.refuseBlocked(others, by)
      const guest = rights.roleOf(by) === 'guest' ? by : undefined
      if (kind === 'direct') return converse(address, guest, { by, key, asked: request, others, name, topic, at })
      if (kind === 'public') rights.refuseTakenName(noRoom, name)
      if (guest) requests.refuseMany(guest, others)
      add({ address, name, topic, kind, by, key, asked: request, at })
      if (viewer.isVerified) makeModerator(address, by)
      const added = bringIn(idOf(address), others, guest)
      const there = [by, ...added]
      const made: Effect[] = kind === 'public' ? [{ type: 'room-made', room: address, name, topic, users: there }] : []
      return { room: address, isNew: true, effects: [...made, ...there.map((user) => cameIn(user, address, kind))] }
    },

    joinRoom(userId, room, at, isVerified) {
      const entered = one<{ readTo: number }>(
        `insert into memberships (user_id, room_id, read_to, is_in)
        select ?, id, last, ? from rooms where address = ? and kind = 'public'
        on conflict do update set is_in = max(is_in, excluded.is_in),
          is_request = case when excluded.is_in > is_in then 0 else is_request end where coalesce(banned_until, 0) <= ?
        returning read_to as "readTo"`,
        userId,
        Number(isVerified),
        room,
        at,
      )
      return entered?.readTo ?? 0
    },

    markRead(userId, room, id, isVerified) {
      const mark = one<{ readTo: number }>(
        `insert into memberships (user_id, room_id, read_to, is_in) select ?, id, min(?, last), ? from rooms where address = ?
        on conflict do update set read_to = case when excluded.is_in or not is_in then max(read_to, excluded.read_to)
          else read_to end returning read_to as "readTo"`,
        userId,
        id,
        Number(isVerified),
        room,
      )
      return mark?.readTo ?? 0
    },

    bringIn,
  }

  /** Who has only typed a guest's name makes rooms as by opening them: for everybody, and nobody is brought in. */
  function refuseUnlessMayMake({ viewer, kind, isWithOthers, at }: Making): void {
    const isPlain = kind === 'public' && !isWithOthers
    const mayMake =
      viewer.canViewPublic && (viewer.isVerified || isPlain) && !rights.isBannedFromHouse(viewer.user.id, at)
    if (!mayMake) throw forbidden('Sign in with a password first.')
  }

  /** With the same people there is one conversation: it is begun once, and opened again for all of them. */
  function converse(address: string, guest: number | undefined, { others, ...made }: Beginning) {
    const { by } = made
    const people = [by, ...others].toSorted((a, b) => a - b)
    if (people.length < 2) throw new ChatError('no-such-user', 'A direct conversation needs at least one other person.')
    if (people.length > limits.maxDirectPeople) {
      throw new ChatError('forbidden', `A conversation has at most ${limits.maxDirectPeople} people.`)
    }
    const known = one<{ id: number; room: string }>(
      'select id, address as room from rooms where people = ?',
      people.join(),
    )
    if (known) return { room: known.room, isNew: false, effects: resume(known, guest, by, people) }
    if (guest) requests.refuseMany(guest, others)
    add({ address, kind: 'direct', ...made })
    run('update rooms set people = ? where address = ?', people.join(), address)
    const roomId = idOf(address)
    const added = [...bringIn(roomId, [by]), ...bringIn(roomId, others, guest)]
    return { room: address, isNew: true, effects: added.map((user) => cameIn(user, address, 'direct')) }
  }

  /** A guest calls nobody back who has closed it, and nobody at all calls back who has declined. */
  function resume({ id, room }: { id: number; room: string }, guest: number | undefined, by: number, people: number[]) {
    const called = people.filter((user) => user === by || (!guest && !requests.isOpen(id, user)))
    const added = bringIn(id, called)
    const changed = requests.accept(id, by) ? [by, ...added] : added
    return [...new Set(changed)].map((user) => cameIn(user, room, 'direct'))
  }

  function add({ address, name, topic, kind, by, key, asked, at }: NewRow): void {
    run(
      `insert into rooms (address, name, skeleton, topic, kind, created_at, created_by, created_key, created_as)
      values (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      address,
      name,
      kind === 'public' ? confusableSkeleton(name) : null,
      topic,
      kind,
      at,
      by,
      key,
      asked,
    )
  }

  function idOf(address: string): number {
    return one<{ id: number }>('select id from rooms where address = ?', address)?.id ?? 0
  }

  function makeModerator(address: string, userId: number): void {
    run(
      `insert into memberships (user_id, room_id, read_to, role, is_invited)
      select ?, id, last, 'moderator', 1 from rooms where address = ?`,
      userId,
      address,
    )
  }

  function bringIn(roomId: number, users: Iterable<number>, guest?: number): number[] {
    const others = new Set(
      all<{ userId: number }>(
        'select user_id as "userId" from memberships where room_id = ? and is_in = 1',
        roomId,
      ).map(({ userId }) => userId),
    )
    const wanted = [...new Set(users)].filter((id) => !others.has(id))
    const added = guest ? wanted.filter((id) => !requests.isOpen(roomId, id)) : wanted
    if (guest) refuseBack(roomId, added)
    if (guest) requests.refuseMany(guest, added)
    for (const id of users) {
      if (guest && wanted.includes(id) && !added.includes(id)) continue
      run(
        `insert into memberships (user_id, room_id, read_to, is_invited) select ?, id, last, 1 from rooms where id = ?
        on conflict do update set is_in = 1, is_invited = 1, is_request = case when is_in then is_request else 0 end`,
        id,
        roomId,
      )
    }
    if (guest) requests.ask(roomId, added)
    return added
  }

  /** Who has left, or was put out, comes back by an invitation: a guest could bring them back for ever. */
  function refuseBack(roomId: number, users: readonly number[]): void {
    const isBack = users.some((id) => one('select 1 from memberships where room_id = ? and user_id = ?', roomId, id))
    if (isBack) throw forbidden('Somebody who has left can only come back by an invitation.')
  }
}

interface Making extends Pick<NewRoom, 'viewer' | 'kind' | 'at'> {
  isWithOthers: boolean
}

interface Beginning {
  by: number
  key: string
  asked: string
  others: number[]
  name: string
  topic: string
  at: number
}

interface NewRow extends Omit<Beginning, 'others'> {
  address: string
  kind: RoomKind
}

function cameIn(user: number, room: string, kind: RoomKind): Effect {
  return { type: 'standing', user, room, kind, isIn: true, canView: true }
}
