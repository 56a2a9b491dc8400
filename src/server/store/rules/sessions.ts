import { ChatError } from '../../../shared/protocol/errors.ts'
import type { ServerRole } from '../../../shared/protocol/types.ts'
import type { EndedSession, NewSession, SessionRef } from '../contracts/sessions.ts'
import { forgetNotificationsOf } from '../notifications/forget.ts'
import { all, one, only, type Rule, run } from '../transaction.ts'
import { forgetDevicesOf, isKnownDevice, rememberDevice } from './known-devices.ts'
import { correctSeen, noteSeen } from './last-seen.ts'
import { nameTaken, refuseClaimed, userRow, userWithId } from './users.ts'

const maxSessions = 20

export interface NewSessionRow extends Omit<NewSession, 'user'> {
  userId: number
}

export interface StartedSession {
  id: number
  role: ServerRole
  isVerified: boolean
  /** Sessions that had to make room for it. */
  ended: EndedSession[]
}

export function* startSession(session: NewSessionRow): Rule<StartedSession> {
  return yield* insertSession(session, yield* verificationOf(session))
}

/**
 * How a user is known to be who they say: by a credential, by a session or a known device of theirs that the request came
 * with, or because nobody else can claim to be them.
 */
export type Verification = 'credential' | 'session' | 'device' | 'unprotected'

/**
 * Decided where the session is stored: hashing takes a while, in which the name may have been claimed, the password changed, the
 * user banned, or the name taken by somebody who typed it at the same time.
 */
export function* verificationOf(session: NewSessionRow): Rule<Verification | undefined> {
  const { userId, at, credential = { type: 'name' }, inPlaceOf, deviceHash } = session
  const { role, bannedUntil, passwordHash, skeleton } = yield* userRow(userId)
  if (credential.type === 'password' && credential.hash !== passwordHash) {
    throw new ChatError('bad-field', 'The password has changed meanwhile.')
  }
  if (credential.type === 'name' && role !== 'guest') throw nameTaken()
  if (credential.type === 'name') yield* refuseClaimed(skeleton, userId)
  if ((bannedUntil ?? 0) > at) throw new ChatError('forbidden', 'You are banned.')
  if (credential.type !== 'name') return 'credential'
  const isOwn = inPlaceOf?.user.id === userId
  const verified = 'select 1 from sessions where id = ? and user_id = ? and is_verified = 1'
  if (isOwn && (yield* one(verified, inPlaceOf.id, userId)) !== undefined) return 'session'
  if (deviceHash && (yield* isKnownDevice(userId, deviceHash))) return 'device'
  return (yield* isProtected(userId, at)) ? undefined : 'unprotected'
}

/**
 * Whether a guest's name belongs to somebody who is verified, is reserved, or opens what not everybody may see or do, now or
 * later. The list of blocked users is private. What was left or taken away counts too: a message brings a conversation back, a
 * moderator brings a user back, and an undo gives back what a kick, a ban or a change of role has taken.
 */
function* isProtected(id: number, at: number): Rule<boolean> {
  const reason = yield* one(
    `select 1 where exists (select 1 from sessions where user_id = ? and is_verified = 1)
      or exists (select 1 from links where user_id = ? and type = 'password' and uses_left > 0 and expires_at > ?)
      or exists (select 1 from memberships join rooms on rooms.id = room_id
        where user_id = ? and (kind <> 'public' or role = 'moderator' or is_invited = 1))
      or exists (select 1 from blocks where user_id = ?)
      or exists (select 1 from audit_log {index:audit_log_gives_back}
        where user_id = ? and gives_back = 1 and undone_by is null)`,
    id,
    id,
    at,
    id,
    id,
    id,
  )
  return reason !== undefined
}

export function* insertSession(session: NewSessionRow, verification: Verification | undefined): Rule<StartedSession> {
  const { tokenHash, userId, at, inPlaceOf, agent = '', address = '', deviceHash } = session
  const isVerified = verification !== undefined
  const ended = inPlaceOf ? yield* endReplaced(inPlaceOf) : []
  const { id } = yield* only<{ id: number }>(
    `insert into sessions (token_hash, user_id, started_at, seen_at, is_verified, agent, address)
    values (?, ?, ?, ?, ?, ?, ?) returning id`,
    tokenHash,
    userId,
    at,
    at,
    Number(isVerified),
    agent,
    address,
  )
  if (isVerified) yield* noteSeen([userId], at)
  const { role } = yield* userRow(userId)
  // Somebody else has the name from now on: what they write must not be open to those who had it before.
  if (verification === 'unprotected') {
    yield* forgetDevicesOf(userId)
    yield* forgetNotificationsOf(userId)
  }
  if (isVerified && role === 'guest' && deviceHash) yield* rememberDevice(userId, deviceHash, at)
  return { id, role, isVerified, ended: [...ended, ...(yield* endSurplus(userId))] }
}

function* endReplaced({ id, user }: SessionRef): Rule<EndedSession[]> {
  const isEnded = yield* endSession(user.id, id)
  return isEnded ? [{ user: yield* userWithId(user.id), session: id }] : []
}

/** A guest who types another guest's name must not end the verified sessions of that guest. */
function* endSurplus(userId: number): Rule<EndedSession[]> {
  const sessions = yield* all<{ session: number }>(
    'select id as session from sessions where user_id = ? order by is_verified desc, seen_at desc, id desc',
    userId,
  )
  const surplus = sessions.slice(maxSessions)
  if (!surplus.length) return []
  const user = yield* userWithId(userId)
  for (const { session } of surplus) yield* endSession(userId, session)
  return surplus.map(({ session }) => ({ user, session }))
}

export function* touchSession(id: number, at: number, agent: string, address: string): Rule<void> {
  const sql = 'update sessions set seen_at = {greatest}(seen_at, ?), agent = ?, address = ? where id = ?'
  yield* run(sql, at, agent, address, id)
  const user = yield* one<{ id: number }>('select user_id as id from sessions where id = ? and is_verified = 1', id)
  if (user) yield* noteSeen([user.id], at)
}

export function* endSessionsOf(userId: number): Rule<EndedSession[]> {
  const user = yield* userWithId(userId)
  const sessions = yield* all<{ session: number }>(
    'delete from sessions where user_id = ? returning id as session',
    userId,
  )
  return sessions.map(({ session }) => ({ user, session }))
}

/** @returns whether there was such a session */
export function* endSession(userId: number, id: number): Rule<boolean> {
  return (yield* run('delete from sessions where id = ? and user_id = ?', id, userId)) > 0
}

export function* keepSessionsAlive(ids: readonly number[], at: number): Rule<void> {
  yield* run(
    `update sessions set started_at = {least}(started_at, ?), seen_at = {least}(seen_at, ?)
    where started_at > ? or seen_at > ?`,
    at,
    at,
    at,
    at,
  )
  yield* correctSeen(at)
  for (const id of ids) yield* run('update sessions set seen_at = {greatest}(seen_at, ?) where id = ?', at, id)
}

export function* endSessionsBefore(startedAt: number, seenAt: number): Rule<EndedSession[]> {
  const old = yield* all<{ session: number; userId: number }>(
    'delete from sessions where started_at < ? or seen_at < ? returning id as session, user_id as "userId"',
    startedAt,
    seenAt,
  )
  const ended: EndedSession[] = []
  for (const { session, userId } of old.sort((a, b) => a.session - b.session))
    ended.push({ user: yield* userWithId(userId), session })
  return ended
}
