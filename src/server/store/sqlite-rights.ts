/** Who stands where and may do what: asked inside the transaction of what depends on it. */

import { ChatError, type RoomRole, type ServerRole } from '../../shared/protocol.ts'
import { canActOn, canModerate, canView, isAdmin } from '../../shared/rights.ts'
import { confusableSkeleton } from '../auth/confusables.ts'
import { knownSql, knownValues } from './sqlite-known.ts'
import type { Rows } from './sqlite-rows.ts'
import { type StandingRow, standingOf, standingSql } from './sqlite-standing.ts'
import type { Effect, Membership, Viewer } from './store.ts'

export interface Doing {
  viewer: Viewer
  at: number
}

export interface Place {
  roomId: number
  /** How the doer stands there. */
  mine: Membership
}

/** What a room keeps of one of its people. */
export interface MembershipRow {
  role: RoomRole
  isIn: number
  isInvited: number
  mutedUntil: number | null
  bannedUntil: number | null
}

export interface Rights {
  standing(user: number, room: string, at: number): Membership | undefined
  /** What will be told of it. */
  standingOfUser(user: number, room: string, at: number): Effect
  /** @throws ChatError `no-such-room` for one that the viewer may not see, too; so do those below */
  seen(room: string, viewer: Viewer, at: number): Membership
  /** Where the doer keeps order: in a direct conversation nobody does. @throws ChatError `forbidden` */
  placeOf(room: string, doing: Doing): Place
  /** A direct conversation is everybody's who is in it. @throws ChatError `forbidden` */
  placeOrConversationOf(room: string, doing: Doing): Place
  /** @throws ChatError `no-such-user` for one who was never there */
  memberOf(room: string, user: number, at: number): Membership
  /** @throws ChatError `forbidden` when he stands no lower than the doer */
  memberBelow(room: string, user: number, doing: Doing): Membership
  membership(roomId: number, user: number): MembershipRow
  /** @throws ChatError `forbidden` unless the doer runs the house and the other stands lower */
  personBelow(user: number, doing: Doing): { serverRole: ServerRole; bannedUntil: number | null }
  /** @throws ChatError `forbidden` unless the doer runs the house */
  runnerOf(doing: Doing): ServerRole
  /** What the doer is in the house, if he runs it. */
  runnerRole(doing: Doing): ServerRole | undefined
  roleOf(user: number): ServerRole
  isBannedFromHouse(user: number, at: number): boolean
  /** @throws ChatError `no-such-user` for one whom the viewer cannot know */
  refuseUnknown(user: number, doing: Doing): void
  /** @throws ChatError `forbidden` when one of them has blocked the doer */
  refuseBlocked(users: readonly number[], by: number): void
  /** In a conversation of more than two the others go on, and the page hides what is not wanted. @throws ChatError `forbidden` */
  refuseBlockedIn(roomId: number, by: number): void
  /** What people type is a room's address or its name: no other public room may have either, nor a name that looks like it. @throws ChatError `name-taken` */
  refuseTakenName(roomId: number, name: string): void
}

interface PersonRow {
  serverRole: ServerRole
  bannedUntil: number | null
}

export function rightsIn({ one }: Pick<Rows, 'one'>): Rights {
  return {
    standing,
    seen,
    memberOf,
    runnerOf,
    runnerRole,
    refuseUnknown,

    standingOfUser(user, room, at) {
      const theirs = standing(user, room, at)
      if (!theirs) throw new ChatError('no-such-user', 'There is no such user.')
      const { kind, isIn } = theirs
      return {
        type: 'standing',
        user,
        room,
        kind,
        isIn,
        canView: canView(theirs, { isVerified: true, canViewPublic: true }),
      }
    },

    placeOf(room, doing) {
      const place = placeSeen(room, doing)
      if (!canModerateIn(place.mine, doing.viewer)) throw forbidden('Only moderators may do this.')
      return place
    },

    placeOrConversationOf(room, doing) {
      const place = placeSeen(room, doing)
      const mayChange = place.mine.kind === 'direct' || canModerateIn(place.mine, doing.viewer)
      if (!mayChange) throw forbidden('Only moderators may do this.')
      return place
    },

    memberBelow(room, user, { viewer, at }) {
      const theirs = memberOf(room, user, at)
      if (!canActOn(seen(room, viewer, at), theirs)) throw forbidden('He stands no lower than you.')
      return theirs
    },

    membership(roomId, user) {
      const found = one<MembershipRow>(
        `select role, is_in as "isIn", is_invited as "isInvited", muted_until as "mutedUntil", banned_until as "bannedUntil"
        from memberships where room_id = ? and user_id = ?`,
        roomId,
        user,
      )
      if (!found) throw new ChatError('no-such-user', 'There is no such user in this room.')
      return found
    },

    personBelow(user, doing) {
      const mine = runnerOf(doing)
      const theirs = person(user)
      if (!theirs) throw new ChatError('no-such-user', 'There is no such user.')
      if (!canActOn({ serverRole: mine }, theirs)) throw forbidden('He stands no lower than you.')
      return theirs
    },

    refuseBlocked(users, by) {
      const isBlocked = users.some((user) => one('select 1 from blocks where user_id = ? and blocked_id = ?', user, by))
      if (isBlocked) throw blocked()
    },

    refuseBlockedIn(roomId, by) {
      const others = one<{ count: number; isBlocking: number | null }>(
        `select count(*) as count, max(exists (
          select 1 from blocks where blocks.user_id = memberships.user_id and blocked_id = ?
        )) as "isBlocking" from memberships where room_id = ? and user_id <> ?`,
        by,
        roomId,
        by,
      )
      if (others?.count === 1 && others.isBlocking) throw blocked()
    },

    roleOf: (user) => person(user)?.serverRole ?? 'guest',
    isBannedFromHouse,

    refuseTakenName(roomId, name) {
      const taken = one(
        `select 1 from rooms where id <> ? and (address = ? or (kind = 'public' and (name = ? or skeleton = ?)))`,
        roomId,
        name,
        name,
        confusableSkeleton(name),
      )
      if (taken) throw new ChatError('name-taken', 'Another room has that name.')
    },
  }

  function rowOf(user: number, room: string): StandingRow | undefined {
    return one<StandingRow>(standingSql, user, room)
  }

  function standing(user: number, room: string, at: number): Membership | undefined {
    const row = rowOf(user, room)
    return row && standingOf(row, at)
  }

  function seen(room: string, viewer: Viewer, at: number): Membership {
    return placeSeen(room, { viewer, at }).mine
  }

  function placeSeen(room: string, { viewer, at }: Doing): Place {
    const row = rowOf(viewer.user.id, room)
    const mine = row && standingOf(row, at)
    if (!row || !mine || !canView(mine, viewer)) throw new ChatError('no-such-room', 'There is no such room.')
    return { roomId: row.roomId, mine }
  }

  function memberOf(room: string, user: number, at: number): Membership {
    const theirs = standing(user, room, at)
    // One who was never here is nobody, whether there is such a user or not.
    if (theirs?.readTo === undefined) throw new ChatError('no-such-user', 'There is no such user in this room.')
    return theirs
  }

  function person(user: number): PersonRow | undefined {
    return one<PersonRow>('select role as "serverRole", banned_until as "bannedUntil" from users where id = ?', user)
  }

  function runnerOf(doing: Doing): ServerRole {
    const role = runnerRole(doing)
    if (!role) throw forbidden('Only admins may do this.')
    return role
  }

  function runnerRole({ viewer, at }: Doing): ServerRole | undefined {
    const serverRole = person(viewer.user.id)?.serverRole
    const mayRun = serverRole && viewer.isVerified && isAdmin(serverRole) && !isBannedFromHouse(viewer.user.id, at)
    return mayRun ? serverRole : undefined
  }

  function isBannedFromHouse(user: number, at: number): boolean {
    return (person(user)?.bannedUntil ?? 0) > at
  }

  function refuseUnknown(user: number, { viewer, at }: Doing): void {
    const isKnown = one(`select 1 from users where id = ? and ${knownSql}`, user, ...knownValues(viewer, at))
    if (!isKnown) throw new ChatError('no-such-user', 'There is no such user.')
  }
}

function canModerateIn(mine: Membership, { isVerified }: Viewer): boolean {
  return mine.kind !== 'direct' && isVerified && canModerate(mine)
}

export function forbidden(message: string): ChatError {
  return new ChatError('forbidden', message)
}

function blocked(): ChatError {
  return forbidden('This person does not accept messages from you.')
}
