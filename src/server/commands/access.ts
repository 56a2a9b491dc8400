/** Access to rooms: checked before a room is opened, and again after each wait. */
import { mayNameRoom, roomNameRule, unreachableName } from '../../shared/new-name.ts'
import { ChatError } from '../../shared/protocol/errors.ts'
import { hiddenPrefix, limits } from '../../shared/protocol/limits.ts'
import type { RoomKind } from '../../shared/protocol/types.ts'
import { canView } from '../../shared/rights.ts'
import { canBeInPath } from '../../shared/text.ts'
import type { Caller, Connection } from '../chat/contract.ts'
import type { Limiter } from '../rate-limit/limiter.ts'
import { type Author, rowBytes } from '../rate-limit/storage-quota.ts'
import type { Membership, Viewer } from '../store/store.ts'
import type { Services } from './contract.ts'

/** Refuses to open a room that the user may not view, and more rooms than a connection or a user may have open. */
export async function refuseUnlessOpen(
  { store, hub, limiter }: Pick<Services, 'store' | 'hub' | 'limiter'>,
  from: Connection,
  name: string,
  after = 0,
) {
  if (from.rooms.size >= limits.maxRoomsPerConnection) {
    throw new ChatError('forbidden', `A connection has at most ${limits.maxRoomsPerConnection} rooms open.`)
  }
  if (!limiter.mayOpen(() => hub.connections.openRoomsOf(from.session))) {
    throw new ChatError(
      'forbidden',
      `A user has at most ${limits.maxRoomsPerUser} rooms open, on all connections together.`,
    )
  }
  const membership = await store.rooms.membership(from.user.id, name)
  if (membership) return refuseUnlessSeen(membership, from)
  // A public room is made by opening it, but not by a page that comes back to one that was deleted meanwhile.
  if (after > 0) throw noSuchRoom()
  if (name.startsWith(hiddenPrefix) || !from.session.canViewPublic || from.session.isReadOnly) throw noSuchRoom()
  const isGuest = from.session.role === 'guest'
  if (isGuest && (await store.settings.get()).guestRooms === false) throw noSuchRoom()
  if (!mayNameRoom(name)) throw new ChatError('bad-field', `"room" ${roomNameRule}.`)
  if (!canBeInPath(name)) throw new ChatError('bad-field', `"room" ${unreachableName}.`)
  const giveBack = takeNewRoom(limiter, from, 'public')
  limiter.store(from, rowBytes + Buffer.byteLength(name))
  await store.rooms.open(name, Date.now(), from.session.isVerified ? from.user : undefined).catch((error) => {
    giveBack()
    throw error
  })
}

/** @returns gives it back, when none was made after all @throws ChatError `too-fast` */
export function takeNewRoom(limiter: Limiter, author: Author, kind: RoomKind): () => void {
  const retryAfterMs = limiter.newRoom(author, kind)
  if (retryAfterMs) throw new ChatError('too-fast', 'Too many new rooms.', retryAfterMs)
  return () => limiter.madeNoRoom(author, kind)
}

/**
 * Checks access again, now that a loss of access would end the subscription. Then the user joins the room, unless they are a member.
 * @returns the id up to which they have read (what was written before they came is nothing that they have missed), and whether others
 * see them there now by this connection
 */
export async function settle(
  { store, hub }: Pick<Services, 'store' | 'hub'>,
  from: Connection,
  name: string,
): Promise<{ read: number; isFirst: boolean }> {
  const membership = await store.rooms.membership(from.user.id, name)
  try {
    refuseUnlessSeen(membership, from)
  } catch (error) {
    hub.leave(from, name)
    throw error
  }
  const read = await joinRoom({ store, hub }, from.session, membership)
  // A user who has not accepted a request is not shown as online.
  return { read, isFirst: !isOpenRequest(membership) && hub.appear(from, name) }
}

function isOpenRequest({ isIn, isRequest }: Membership): boolean {
  return isIn && isRequest
}

/** @returns the id up to which the user has read */
export async function joinRoom(
  { store, hub }: Pick<Services, 'store' | 'hub'>,
  { user, isVerified }: Viewer,
  { room, kind, isIn, readTo }: Membership,
): Promise<number> {
  if (isIn && readTo !== undefined) return readTo
  const read = await store.rooms.join(user.id, room, isVerified)
  // The user's other devices list the room among those that they left: they hear that it was joined again.
  if (isVerified && readTo !== undefined)
    hub.publish({ type: 'access-changed', user: user.id, room, kind, isIn: true, canView: true })
  return read
}

export function refuseUnlessSeen(
  membership: Membership | undefined,
  { session }: Pick<Caller, 'session'>,
): asserts membership is Membership {
  if (!membership || !canView(membership, session)) throw noSuchRoom()
}

/** The user may have lost access while the answer was being read. */
export function refuseUnlessStill(isOpen: () => boolean): void {
  if (!isOpen()) throw noSuchRoom()
}

/** Reads once more when the user has lost access to a room meanwhile: that is told first, and nothing of the room follows. */
export async function whileAccessStays<Result>(
  from: Pick<Caller, 'departures'>,
  read: () => Promise<Result>,
): Promise<Result> {
  for (;;) {
    const { departures } = from
    const result = await read()
    if (from.departures === departures) return result
  }
}

export function noSuchRoom(): ChatError {
  return new ChatError('no-such-room', 'There is no such room.')
}
