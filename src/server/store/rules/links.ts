/** One-time links: to become the owner, to set a password, to join a room. */
import { ChatError } from '../../../shared/protocol/errors.ts'
import type { RoomKind, User } from '../../../shared/protocol/types.ts'
import { canActOn, canModerate, canView } from '../../../shared/rights.ts'
import type { LinkType, NewLink } from '../contracts/invitations.ts'
import type { EndedSession } from '../contracts/sessions.ts'
import { forgetNotificationsOf } from '../notifications/forget.ts'
import { removeMail } from '../notifications/settings.ts'
import { type MembershipRow, membership, membershipOf, membershipSql } from '../queries/membership.ts'
import { one, only, type Rule, run } from '../transaction.ts'
import { isBannedFromServer, serverRoleOf } from './access.ts'
import { setPassword } from './accounts.ts'
import { refuseBot } from './bots.ts'
import { insertSession, type NewSessionRow, verificationOf } from './sessions.ts'
import { nameTaken, openUser, refuseClaimed, userWithId } from './users.ts'

/** What decides whether a link can be used. */
export interface StoredLink {
  type: LinkType
  /** Null for the operator at the command line. */
  byId: number | null
  userId: number | null
  /** Its address. */
  room: string | null
}

interface UsableLink extends StoredLink {
  id: number
  isMailed: number
}

interface LinkUse {
  tokenHash: Uint8Array
  at: number
}

/**
 * A link works only as long as its creator may create it: a moderator who was removed must not come back by their own link,
 * nor a former admin take over an account.
 */
export function* isStillValid({ type, byId, userId, room }: StoredLink, at: number): Rule<boolean> {
  if (byId === null) return true
  if (yield* isBannedFromServer(byId, at)) return false
  if (type === 'password') {
    return (
      userId !== null &&
      canActOn({ serverRole: yield* serverRoleOf(byId) }, { serverRole: yield* serverRoleOf(userId) })
    )
  }
  const creator = room === null ? undefined : yield* membership(byId, room, at)
  return creator !== undefined && canView(creator, { isVerified: true, canViewPublic: true }) && canModerate(creator)
}

export function* createLink(link: NewLink): Rule<number> {
  const { tokenHash, type, userId, room, uses, expiresAt, by, at, isMailed = false } = link
  // Only the newest owner link counts: it is the one that was printed last.
  if (type === 'owner') yield* run(`delete from links where type = 'owner'`)
  if (type === 'password' && userId) yield* refuseBot(userId)
  // Anybody may ask for one to be mailed: that must not void the one that the user is about to open.
  if (type === 'password' && !isMailed)
    yield* run(`delete from links where type = 'password' and user_id = ?`, userId ?? null)
  const { id } = yield* only<{ id: number }>(
    `insert into links (token_hash, type, user_id, room_id, uses_left, expires_at, created_by, created_at, is_mailed)
    values (?, ?, ?, (select id from rooms where address = ?), ?, ?, ?, ?, ?) returning id`,
    tokenHash,
    type,
    userId ?? null,
    room ?? null,
    uses,
    expiresAt,
    by ?? null,
    at,
    Number(isMailed),
  )
  return id
}

/** For the operator, who has no account. */
export function* createPasswordLink(link: {
  userId: number
  tokenHash: Uint8Array
  at: number
  expiresAt: number
}): Rule<void> {
  const { userId, at, expiresAt } = link
  yield* createLink({ type: 'password', uses: 1, ...link })
  const data = JSON.stringify({ expiresAt })
  yield* run(`insert into audit_log (type, at, user_id, data) values ('link', ?, ?, ?)`, at, userId, data)
}

// A refusal must not use the link up: each rule refuses before it writes.

export function* becomeOwner(
  use: LinkUse & { name: string; skeleton: string; hash: string },
): Rule<{ user: User; ended: EndedSession[] }> {
  const { name, skeleton, hash, at } = use
  yield* usableLink('owner', use)
  const known = yield* one<{ id: number }>('select id from users where name = ?', name)
  yield* refuseClaimed(skeleton, known?.id)
  if (known) yield* refuseBot(known.id)
  const user = yield* openUser(name, skeleton, at)
  const ended = yield* setPassword({ userId: user.id, skeleton, hash })
  // An address of the user who had the name before must not lead to the owner's password.
  yield* forgetNotificationsOf(user.id)
  yield* run(`update users set role = 'owner', banned_until = null where id = ?`, user.id)
  yield* run(`delete from links where type = 'owner'`)
  yield* run(`insert into audit_log (type, at, user_id, data) values ('role', ?, ?, '{"role":"owner"}')`, at, user.id)
  return { user, ended }
}

export function* setPasswordByLink(
  use: LinkUse & { skeleton: string; hash: string },
): Rule<{ user: User; ended: EndedSession[] }> {
  const { userId, isMailed } = yield* usableLink('password', use)
  if (userId === null) throw unusable()
  const ended = yield* setPassword({ userId, skeleton: use.skeleton, hash: use.hash })
  // Admins and the operator give a link when an account was in the hands of somebody else, whose address it may have.
  if (!isMailed) yield* removeMail(userId)
  return { user: yield* userWithId(userId), ended }
}

export function* joinByLink(
  use: LinkUse & { userId: number; session?: NewSessionRow & { isVerificationRequired: boolean } },
): Rule<{ room: string; kind: RoomKind; ended: EndedSession[] }> {
  const { userId, at, session } = use
  const link = yield* usableLink('invite', use)
  const row = yield* one<MembershipRow>(membershipSql, userId, link.room)
  // A banned user does not come back by a link.
  if (!row || membershipOf(row, at).isBanned) throw unusable()
  // Decided before the link gives the user what protects the name.
  const verification = session && (yield* verificationOf(session))
  if (session?.isVerificationRequired && !verification) throw nameTaken()
  yield* run('update links set uses_left = uses_left - 1 where id = ?', link.id)
  yield* run(
    `insert into memberships (user_id, room_id, read_to, is_invited) values (?, ?, ?, 1)
    on conflict (user_id, room_id) do update set is_member = 1, is_invited = 1, is_request = 0`,
    userId,
    row.roomId,
    row.last,
  )
  const started = session && (yield* insertSession(session, verification))
  return { room: row.address, kind: row.kind, ended: started?.ended ?? [] }
}

function* usableLink(type: LinkType, { tokenHash, at }: LinkUse): Rule<UsableLink> {
  const link = yield* one<UsableLink>(
    `select links.id, type, links.created_by as "byId", user_id as "userId", address as room,
      is_mailed as "isMailed"
    from links left join rooms on rooms.id = room_id
    where token_hash = ? and type = ? and uses_left > 0 and expires_at > ?`,
    tokenHash,
    type,
    at,
  )
  if (!link || !(yield* isStillValid(link, at))) throw unusable()
  return link
}

function unusable(): ChatError {
  return new ChatError('no-such-user', 'This link is invalid or has expired.')
}
