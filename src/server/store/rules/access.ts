/** Checks rights inside the transaction of what depends on them. */
import { ChatError, usedKeyMessage } from '../../../shared/protocol/errors.ts'
import type { RoomRole, ServerRole } from '../../../shared/protocol/types.ts'
import { canActOn, canModerate, canView, isAdmin } from '../../../shared/rights.ts'
import { confusableSkeleton } from '../../auth/confusables.ts'
import type { Viewer } from '../contracts/accounts.ts'
import type { Effect } from '../contracts/effects.ts'
import type { Membership } from '../contracts/rooms.ts'
import { knownSql, knownValues } from '../queries/known-users.ts'
import { type MembershipRow, membership, membershipOf, membershipSql } from '../queries/membership.ts'
import { one, only, type Rule } from '../transaction.ts'

/** The user who acts, and the time. */
export interface Acting {
  viewer: Viewer
  at: number
}

export interface ViewableRoom {
  roomId: number
  /** The actor's own membership. */
  mine: Membership
}

/** What is stored of a user in a room. */
export interface StoredMembership {
  role: RoomRole
  isIn: number
  isInvited: number
  mutedUntil: number | null
  bannedUntil: number | null
}

interface StoredUser {
  serverRole: ServerRole
  bannedUntil: number | null
}

export function* accessChanged(user: number, room: string, at: number): Rule<Effect> {
  const theirs = yield* membership(user, room, at)
  if (!theirs) throw new ChatError('no-such-user', 'There is no such user.')
  const { kind, isIn } = theirs
  const canViewIt = canView(theirs, { isVerified: true, canViewPublic: true })
  return { type: 'access-changed', user, room, kind, isIn, canView: canViewIt }
}

/** @throws ChatError `no-such-room`, also for one that the actor cannot view; so do those below */
export function* viewableRoom(room: string, { viewer, at }: Acting): Rule<ViewableRoom> {
  const row = yield* one<MembershipRow>(membershipSql, viewer.user.id, room)
  const mine = row && membershipOf(row, at)
  if (!row || !mine || !canView(mine, viewer)) throw new ChatError('no-such-room', 'There is no such room.')
  return { roomId: row.roomId, mine }
}

/** A room that the actor moderates: nobody moderates a direct conversation. @throws ChatError `forbidden` */
export function* moderatedRoom(room: string, acting: Acting): Rule<ViewableRoom> {
  const found = yield* viewableRoom(room, acting)
  if (!canModerateIn(found.mine, acting.viewer)) throw forbidden('Only moderators may do this.')
  return found
}

/** A direct conversation can be changed by everybody who is in it. @throws ChatError `forbidden` */
export function* changeableRoom(room: string, acting: Acting): Rule<ViewableRoom> {
  const found = yield* viewableRoom(room, acting)
  const canChange = found.mine.kind === 'direct' || canModerateIn(found.mine, acting.viewer)
  if (!canChange) throw forbidden('Only moderators may do this.')
  return found
}

function canModerateIn(mine: Membership, { isVerified }: Viewer): boolean {
  return mine.kind !== 'direct' && isVerified && canModerate(mine)
}

/** @throws ChatError `no-such-user` for a user who was never there, whether there is such a user or not */
export function* memberOf(room: string, user: number, at: number): Rule<Membership> {
  const theirs = yield* membership(user, room, at)
  if (theirs?.readTo === undefined) throw new ChatError('no-such-user', 'There is no such user in this room.')
  return theirs
}

/** @throws ChatError `forbidden` when their role is not lower than the actor's */
export function* lowerMember(room: string, user: number, acting: Acting): Rule<Membership> {
  const theirs = yield* memberOf(room, user, acting.at)
  const { mine } = yield* viewableRoom(room, acting)
  if (!canActOn(mine, theirs)) throw notLower()
  return theirs
}

export function* storedMembership(roomId: number, user: number): Rule<StoredMembership> {
  const found = yield* one<StoredMembership>(
    `select role, is_member as "isIn", is_invited as "isInvited", muted_until as "mutedUntil", banned_until as "bannedUntil"
    from memberships where room_id = ? and user_id = ?`,
    roomId,
    user,
  )
  if (!found) throw new ChatError('no-such-user', 'There is no such user in this room.')
  return found
}

/** @throws ChatError `forbidden` unless the actor is an admin and the other's role is lower */
export function* lowerUser(user: number, acting: Acting): Rule<StoredUser> {
  const mine = yield* requireAdmin(acting)
  const theirs = yield* storedUser(user)
  if (!theirs) throw new ChatError('no-such-user', 'There is no such user.')
  if (!canActOn({ serverRole: mine }, theirs)) throw notLower()
  return theirs
}

/** @throws ChatError `forbidden` unless the actor is an admin */
export function* requireAdmin(acting: Acting): Rule<ServerRole> {
  const role = yield* adminRole(acting)
  if (!role) throw forbidden('Only admins may do this.')
  return role
}

/** @throws ChatError `forbidden` unless the actor is the owner */
export function* requireOwner(acting: Acting): Rule<void> {
  if ((yield* requireAdmin(acting)) !== 'owner') throw forbidden('Only the owner may do this.')
}

/** The actor's server role, if they are an admin. */
export function* adminRole({ viewer, at }: Acting): Rule<ServerRole | undefined> {
  const mine = yield* storedUser(viewer.user.id)
  const isBanned = (mine?.bannedUntil ?? 0) > at
  return mine && viewer.isVerified && isAdmin(mine.serverRole) && !isBanned ? mine.serverRole : undefined
}

export function* serverRoleOf(user: number): Rule<ServerRole> {
  return (yield* storedUser(user))?.serverRole ?? 'guest'
}

export function* isBannedFromServer(user: number, at: number): Rule<boolean> {
  return ((yield* storedUser(user))?.bannedUntil ?? 0) > at
}

function* storedUser(user: number): Rule<StoredUser | undefined> {
  return yield* one<StoredUser>(
    'select role as "serverRole", banned_until as "bannedUntil" from users where id = ?',
    user,
  )
}

/** @throws ChatError `no-such-user` for one whom the viewer cannot know */
export function* refuseUnknown(user: number, { viewer, at }: Acting): Rule<void> {
  const isKnown = yield* one(`select 1 from users where id = ? and ${knownSql}`, user, ...knownValues(viewer, at))
  if (!isKnown) throw new ChatError('no-such-user', 'There is no such user.')
}

/** @throws ChatError `forbidden` when one of them has blocked the actor */
export function* refuseBlocked(users: readonly number[], by: number): Rule<void> {
  for (const user of users) {
    if (yield* one('select 1 from blocks where user_id = ? and blocked_id = ?', user, by)) throw blocked()
  }
}

/** In a conversation of more than two the others go on, and the page hides what a user blocks. @throws ChatError `forbidden` */
export function* refuseBlockedIn(roomId: number, by: number): Rule<void> {
  const others = yield* only<{ count: number; blocking: number | null }>(
    `select count(*) as count, sum(case when exists (
      select 1 from blocks where blocks.user_id = memberships.user_id and blocked_id = ?
    ) then 1 else 0 end) as blocking from memberships where room_id = ? and user_id <> ?`,
    by,
    roomId,
    by,
  )
  if (others.count === 1 && others.blocking) throw blocked()
}

/** Users type a room's address or its name: no other public room may have either, nor a name that looks like it. @throws ChatError `name-taken` */
export function* refuseTakenName(roomId: number, name: string): Rule<void> {
  const taken = yield* one(
    `select 1 from rooms where id <> ? and (address = ? or (kind = 'public' and (name = ? or skeleton = ?)))`,
    roomId,
    name,
    name,
    confusableSkeleton(name),
  )
  if (taken) throw new ChatError('name-taken', 'Another room has that name.')
}

export function forbidden(message: string): ChatError {
  return new ChatError('forbidden', message)
}

export function usedKey(): ChatError {
  return new ChatError('bad-field', usedKeyMessage)
}

function notLower(): ChatError {
  return forbidden('Their role is not lower than yours.')
}

function blocked(): ChatError {
  return forbidden('This person does not accept messages from you.')
}
