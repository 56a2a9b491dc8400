import { ChatError } from '../../../shared/protocol/errors.ts'
import { hiddenPrefix, limits } from '../../../shared/protocol/limits.ts'
import type { RoomKind } from '../../../shared/protocol/types.ts'
import { confusableSkeleton } from '../../auth/confusables.ts'
import type { Effect } from '../contracts/effects.ts'
import type { NewRoom } from '../contracts/rooms.ts'
import { serverSettings } from '../queries/server-state.ts'
import { one, only, type Rule, run } from '../transaction.ts'
import {
  type Acting,
  forbidden,
  isBannedFromServer,
  refuseBlocked,
  refuseTakenName,
  refuseUnknown,
  serverRoleOf,
  usedKey,
} from './access.ts'
import { addMembers, becameMember } from './memberships.ts'
import { acceptRequest, hasRequest, refuseManyRequests } from './requests.ts'

/** No room: a new room may not have the name of any other. */
const noRoom = 0

interface CreatedRoom {
  room: string
  isNew: boolean
  effects: Effect[]
}

/** A row of `rooms`. */
interface RoomValues {
  address: string
  name: string
  topic: string
  kind: RoomKind
  by: number
  key: string
  request: string
  at: number
  participants?: string
}

export function* openRoom(address: string, at: number, by: number | null): Rule<number> {
  const known = yield* one<{ last: number }>('select last from rooms where address = ?', address)
  if (known) return known.last
  // Such addresses are generated, never chosen: its room may have been deleted since it was looked up.
  if (address.startsWith(hiddenPrefix)) throw new ChatError('no-such-room', 'There is no such room.')
  yield* refuseTakenName(noRoom, address)
  const values = [address, address, confusableSkeleton(address), at, by]
  yield* run('insert into rooms (address, name, skeleton, created_at, created_by) values (?, ?, ?, ?, ?)', ...values)
  if (by !== null) yield* addModerator(address, by)
  return 0
}

export function* createRoom(room: NewRoom): Rule<CreatedRoom> {
  const { viewer, key, request = '', kind, address, name, topic, users, at } = room
  const by = viewer.user.id
  const known = yield* one<{ room: string; request: string }>(
    'select address as room, created_request as request from rooms where created_by = ? and created_key = ?',
    by,
    key,
  )
  if (known && known.request !== request) throw usedKey()
  if (known) return { room: known.room, isNew: false, effects: [] }
  const others = [...new Set(users)].filter((id) => id !== by)
  yield* refuseUnlessMayCreate({ viewer, at }, kind, others)
  const guest = (yield* serverRoleOf(by)) === 'guest' ? by : undefined
  if (guest && kind !== 'direct') yield* refuseUnlessGuestsMayCreate()
  const values = { address, name, topic, kind, by, key, request, at }
  if (kind === 'direct') return yield* converse(values, others, guest)
  if (kind === 'public') yield* refuseTakenName(noRoom, name)
  if (guest) yield* refuseManyRequests(guest, others)
  const roomId = yield* insertRoom(values)
  if (viewer.isVerified) yield* addModerator(address, by)
  const members = [by, ...(yield* addMembers(roomId, others, guest))]
  const made: Effect[] = kind === 'public' ? [{ type: 'room-made', room: address, name, topic, users: members }] : []
  return { room: address, isNew: true, effects: [...made, ...members.map((user) => becameMember(user, address, kind))] }
}

/** An unverified session creates rooms as by opening them: public ones, and adds nobody. */
function* refuseUnlessMayCreate(acting: Acting, kind: RoomKind, others: readonly number[]): Rule<void> {
  const { viewer, at } = acting
  const isPlain = kind === 'public' && !others.length
  const mayCreate =
    viewer.canViewPublic && (viewer.isVerified || isPlain) && !(yield* isBannedFromServer(viewer.user.id, at))
  if (!mayCreate) throw forbidden('Sign in with a password first.')
  for (const id of others) yield* refuseUnknown(id, acting)
  yield* refuseBlocked(others, viewer.user.id)
}

function* refuseUnlessGuestsMayCreate(): Rule<void> {
  if ((yield* serverSettings()).guestRooms === false) throw forbidden('Guests cannot create rooms here.')
}

/** Between the same users there is one conversation: it is created once, and opened again for all of them. */
function* converse(values: RoomValues, others: number[], guest: number | undefined): Rule<CreatedRoom> {
  const { by, address } = values
  const people = [by, ...others].toSorted((a, b) => a - b)
  if (people.length < 2) throw new ChatError('no-such-user', 'A direct conversation needs at least one other person.')
  if (people.length > limits.maxDirectPeople)
    throw forbidden(`A conversation has at most ${limits.maxDirectPeople} people.`)
  const participants = people.join()
  const known = yield* one<{ id: number; room: string }>(
    'select id, address as room from rooms where participants = ?',
    participants,
  )
  if (known) return { room: known.room, isNew: false, effects: yield* reopen(known, by, people, guest) }
  if (guest) yield* refuseManyRequests(guest, others)
  const roomId = yield* insertRoom({ ...values, participants })
  const added = [...(yield* addMembers(roomId, [by])), ...(yield* addMembers(roomId, others, guest))]
  return { room: address, isNew: true, effects: added.map((user) => becameMember(user, address, 'direct')) }
}

/** A guest does not bring back users who have closed it, and nobody brings back users who have declined. */
function* reopen(
  { id, room }: { id: number; room: string },
  by: number,
  people: readonly number[],
  guest: number | undefined,
): Rule<Effect[]> {
  const called: number[] = []
  for (const user of people) {
    if (user === by || (!guest && !(yield* hasRequest(id, user)))) called.push(user)
  }
  const added = yield* addMembers(id, called)
  const changed = (yield* acceptRequest(id, by)) ? [by, ...added] : added
  return [...new Set(changed)].map((user) => becameMember(user, room, 'direct'))
}

function* insertRoom({ address, name, topic, kind, by, key, request, at, participants }: RoomValues): Rule<number> {
  const { id } = yield* only<{ id: number }>(
    `insert into rooms
      (address, name, skeleton, topic, kind, created_at, created_by, created_key, created_request, participants)
    values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) returning id`,
    address,
    name,
    kind === 'public' ? confusableSkeleton(name) : null,
    topic,
    kind,
    at,
    by,
    key,
    request,
    participants ?? null,
  )
  return id
}

function* addModerator(address: string, userId: number): Rule<void> {
  yield* run(
    `insert into memberships (user_id, room_id, read_to, role, is_invited)
    select ?, id, last, 'moderator', 1 from rooms where address = ?`,
    userId,
    address,
  )
}
