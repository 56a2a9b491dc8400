/** Users, their sessions, and the links that make them what they are. */
import type { DatabaseSync } from 'node:sqlite'
import { foldName } from '../../shared/mentions.ts'
import { ChatError, type RoomKind, type ServerRole, type User } from '../../shared/protocol.ts'
import { type MadeLink, stillCounts } from './sqlite-links.ts'
import { type Rows, rows } from './sqlite-rows.ts'
import { type StandingRow, standingOf, standingSql } from './sqlite-standing.ts'
import type { EndedSession, KeptSession, LinkType, NewLink, NewSession } from './store.ts'

/** Of one user. */
const mostSessions = 20

export interface SessionRow extends Omit<NewSession, 'user'> {
  userId: number
}

export interface StartedSession {
  id: number
  role: ServerRole
  isVerified: boolean
  /** Those that had to make room for it. */
  ended: EndedSession[]
}

interface Setting {
  userId: number
  skeleton: string
  hash: string
  keep?: KeptSession | undefined
}

interface LinkUse {
  tokenHash: Uint8Array
  at: number
}

interface JoinByLink extends LinkUse {
  userId: number
  session?: SessionRow & { isVerificationRequired: boolean }
}

export interface AccountWrites {
  openGuest(name: string, skeleton: string, at: number): User
  setPassword(setting: Setting): EndedSession[]
  startSession(session: SessionRow): StartedSession
  touchSession(id: number, at: number, agent: string, address: string): void
  endSession(id: number): void
  keepSessionsAlive(ids: readonly number[], at: number): void
  endSessionsBefore(startedAt: number, seenAt: number): EndedSession[]
  createLink(link: NewLink): number
  becomeOwner(use: LinkUse & { name: string; skeleton: string; hash: string }): { user: User; ended: EndedSession[] }
  setPasswordByLink(use: LinkUse & { skeleton: string; hash: string }): { user: User; ended: EndedSession[] }
  joinByLink(use: JoinByLink): { room: string; kind: RoomKind; ended: EndedSession[] }
}

interface PersonRow {
  role: ServerRole
  bannedUntil: number | null
  passwordHash: string | null
  skeleton: string
}

interface UsableLink extends MadeLink {
  id: number
}

export function accountWrites(database: DatabaseSync): AccountWrites {
  const { run, one, all } = rows(database)

  return {
    openGuest(name, skeleton, at) {
      if (claimant(skeleton)) throw nameTaken()
      return named(name, skeleton, at)
    },

    setPassword,

    startSession(session) {
      return begin(session, isVerifiedNow(session))
    },

    touchSession(id, at, agent, address) {
      run('update sessions set seen_at = max(seen_at, ?), agent = ?, address = ? where id = ?', at, agent, address, id)
    },

    endSession(id) {
      run('delete from sessions where id = ?', id)
    },

    keepSessionsAlive(ids, at) {
      run(
        'update sessions set started_at = min(started_at, ?1), seen_at = min(seen_at, ?1) where max(started_at, seen_at) > ?1',
        at,
      )
      for (const id of ids) run('update sessions set seen_at = max(seen_at, ?) where id = ?', at, id)
    },

    endSessionsBefore(startedAt, seenAt) {
      const ended = all<{ session: number; userId: number }>(
        'delete from sessions where started_at < ? or seen_at < ? returning id as session, user_id as "userId"',
        startedAt,
        seenAt,
      )
      return ended.map(({ session, userId }) => ({ user: userOf(userId), session }))
    },

    createLink(link) {
      // Of those that make an owner only the newest counts: it is the one that was printed last.
      if (link.type === 'owner') run(`delete from links where type = 'owner'`)
      return addLink({ run, one }, link)
    },

    // What refuses comes before what is written: a refusal must not use the link up.
    becomeOwner({ tokenHash, name, skeleton, hash, at }) {
      usableLink('owner', { tokenHash, at })
      refuseClaimed(skeleton, one<{ id: number }>('select id from users where name = ?', name)?.id)
      const user = named(name, skeleton, at)
      const ended = setPassword({ userId: user.id, skeleton, hash })
      run(`update users set role = 'owner', banned_until = null where id = ?`, user.id)
      run(`delete from links where type = 'owner'`)
      run(`insert into acts (type, at, user_id, data) values ('role', ?, ?, '{"role":"owner"}')`, at, user.id)
      return { user, ended }
    },

    setPasswordByLink({ tokenHash, skeleton, hash, at }) {
      const { userId } = usableLink('password', { tokenHash, at })
      if (userId === null) throw gone()
      const ended = setPassword({ userId, skeleton, hash })
      return { user: userOf(userId), ended }
    },

    joinByLink({ tokenHash, userId, at, session }) {
      const { id, room } = usableLink('invite', { tokenHash, at })
      const standing = one<StandingRow>(standingSql, userId, room)
      // A link is no way back for whoever was put out.
      if (!standing || standingOf(standing, at).isBanned) throw gone()
      // Before the link gives them what holds the name.
      const isVerified = session && isVerifiedNow(session)
      if (session?.isVerificationRequired && !isVerified) throw nameTaken()
      run('update links set uses_left = uses_left - 1 where id = ?', id)
      run(
        `insert into memberships (user_id, room_id, read_to, is_invited) values (?, ?, ?, 1)
        on conflict do update set is_in = 1, is_invited = 1, is_request = 0`,
        userId,
        standing.roomId,
        standing.last,
      )
      const ended = session && isVerified !== undefined ? begin(session, isVerified).ended : []
      return { room: standing.address, kind: standing.kind, ended }
    },
  }

  /**
   * Asked where the session is stored: hashing takes a while, in which the name may have been claimed, the password changed, the
   * user banned, or the name taken by whoever typed it at the same time.
   */
  function isVerifiedNow({ userId, at, credential = { by: 'name' }, inPlaceOf = 0 }: SessionRow): boolean {
    const { role, bannedUntil, passwordHash, skeleton } = personOf(userId)
    if (credential.by === 'password' && credential.hash !== passwordHash) throw outdated()
    if (credential.by === 'name' && role !== 'guest') throw nameTaken()
    if (credential.by === 'name') refuseClaimed(skeleton, userId)
    if ((bannedUntil ?? 0) > at) throw new ChatError('forbidden', 'You are banned.')
    const isOwn = () => one('select 1 from sessions where id = ? and user_id = ? and is_proven', inPlaceOf, userId)
    return credential.by !== 'name' || isOwn() !== undefined || !isHeld(userId, at)
  }

  function begin(session: SessionRow, isVerified: boolean): StartedSession {
    const { tokenHash, userId, at, inPlaceOf = 0, agent = '', address = '' } = session
    const replaced = all<{ userId: number }>(
      'delete from sessions where id = ? returning user_id as "userId"',
      inPlaceOf,
    ).map(({ userId }) => ({ user: userOf(userId), session: inPlaceOf }))
    const started = one<{ id: number }>(
      `insert into sessions (token_hash, user_id, started_at, seen_at, is_proven, agent, address)
      values (?, ?, ?, ?, ?, ?, ?) returning id`,
      tokenHash,
      userId,
      at,
      at,
      Number(isVerified),
      agent,
      address,
    )
    const { role } = personOf(userId)
    return { id: started?.id ?? 0, role, isVerified, ended: [...replaced, ...endThoseBeyond(userId)] }
  }

  function named(name: string, skeleton: string, at: number): User {
    run(
      `insert into users (name, folded, skeleton, image, created_at)
      values (?, ?, ?, (select coalesce(max(id), 0) from users) % 10, ?) on conflict do nothing`,
      name,
      foldName(name),
      skeleton,
      at,
    )
    const user = one<User>('select id, name, image from users where name = ?', name)
    if (!user) throw new Error('A user that was made is not there.')
    return user
  }

  function userOf(id: number): User {
    const user = one<User>('select id, name, image from users where id = ?', id)
    if (!user) throw new ChatError('no-such-user', 'There is no such user.')
    return user
  }

  /**
   * Whether a guest's name is somebody's who can prove it, is kept for them, or opens what not everybody may see or do, now or
   * later. Whom they have blocked is for nobody else to know. What was left or taken away counts too: a message brings a conversation back, a moderator brings a person back, and
   * an undo gives back what a kick, a ban or a change of role has taken.
   */
  function isHeld(id: number, at: number): boolean {
    const held = one(
      `select 1 where exists (select 1 from sessions where user_id = ? and is_proven)
        or exists (select 1 from links where user_id = ? and type = 'password' and uses_left > 0 and expires_at > ?)
        or exists (select 1 from memberships join rooms on rooms.id = room_id
          where user_id = ? and (kind <> 'public' or role = 'moderator' or is_invited))
        or exists (select 1 from blocks where user_id = ?)
        or exists (select 1 from acts indexed by acts_user where user_id = ? and undone_by is null and (
          (type = 'role' and data ->> '$.before' = 'moderator')
          or (type in ('kick', 'ban') and (data ->> '$.before.role' = 'moderator' or data ->> '$.before.isInvited'))))`,
      id,
      id,
      at,
      id,
      id,
      id,
    )
    return held !== undefined
  }

  /** Whoever types the name of a guest must not push out the one whose it is. */
  function endThoseBeyond(userId: number): EndedSession[] {
    const beyond = all<{ session: number }>(
      `select id as session from sessions where user_id = ? order by is_proven desc, seen_at desc, id desc limit -1 offset ?`,
      userId,
      mostSessions,
    )
    for (const { session } of beyond) run('delete from sessions where id = ?', session)
    return beyond.map(({ session }) => ({ user: userOf(userId), session }))
  }

  function claimant(skeleton: string): number | undefined {
    return one<{ id: number }>(`select id from users where skeleton = ? and role <> 'guest'`, skeleton)?.id
  }

  /** Unless the user himself has claimed it. */
  function refuseClaimed(skeleton: string, userId: number | undefined): void {
    const like = claimant(skeleton)
    if (like !== undefined && like !== userId) throw nameTaken()
  }

  /** Every password link of his is used up by it. */
  function setPassword({ userId, skeleton, hash, keep }: Setting): EndedSession[] {
    // What is claimed already stays so, whatever was kept of how it looks.
    const isClaim = personOf(userId).role === 'guest'
    if (isClaim) refuseClaimed(skeleton, userId)
    if (keep) refuseOutdated(userId, keep)
    const kept = keep?.session ?? 0
    run(
      `update users set password_hash = ?, skeleton = case role when 'guest' then ? else skeleton end,
        role = case role when 'guest' then 'member' else role end
      where id = ?`,
      hash,
      skeleton,
      userId,
    )
    // His own on other devices, and those of guests who would now pass for him.
    const ended = all<User & { session: number }>(
      `select users.id, name, image, sessions.id as session from sessions join users on users.id = user_id
      where sessions.id <> ? and (user_id = ? or (skeleton = ? and role = 'guest'))`,
      kept,
      userId,
      skeleton,
    )
    for (const { session } of ended) run('delete from sessions where id = ?', session)
    if (keep)
      run(
        'update sessions set is_proven = 1, token_hash = coalesce(?, token_hash) where id = ?',
        keep.tokenHash ?? null,
        kept,
      )
    run(`delete from links where type = 'password' and user_id = ?`, userId)
    return ended.map(({ session, ...user }) => ({ user, session }))
  }

  /**
   * Hashing takes a while, in which the session may have been ended, or the password changed, by whoever has lost it to somebody.
   * Where there was no password the session is all that says who asks.
   */
  function refuseOutdated(userId: number, { session, oldHash }: KeptSession): void {
    const stands = one(
      `select 1 from sessions join users on users.id = user_id
      where sessions.id = ? and user_id = ? and password_hash is ? and (password_hash is not null or is_proven)`,
      session,
      userId,
      oldHash ?? null,
    )
    if (!stands) throw new ChatError('forbidden', 'This has changed meanwhile.')
  }

  function personOf(id: number): PersonRow {
    const person = one<PersonRow>(
      'select role, banned_until as "bannedUntil", password_hash as "passwordHash", skeleton from users where id = ?',
      id,
    )
    if (!person) throw new ChatError('no-such-user', 'There is no such user.')
    return person
  }

  function usableLink(type: LinkType, { tokenHash, at }: LinkUse): UsableLink {
    const link = one<UsableLink>(
      `select links.id, type, made_by as "byId", user_id as "userId", address as room
      from links left join rooms on rooms.id = room_id
      where token_hash = ? and type = ? and uses_left > 0 and expires_at > ?`,
      tokenHash,
      type,
      at,
    )
    if (!link || !stillCounts(one, link, at)) throw gone()
    return link
  }
}

export function addLink(
  { run, one }: Pick<Rows, 'run' | 'one'>,
  { tokenHash, type, userId, room, uses, expiresAt, by, at }: NewLink,
): number {
  if (type === 'password') run(`delete from links where type = 'password' and user_id = ?`, userId ?? null)
  const made = one<{ id: number }>(
    `insert into links (token_hash, type, user_id, room_id, uses_left, expires_at, made_by, made_at)
    values (?, ?, ?, (select id from rooms where address = ?), ?, ?, ?, ?) returning id`,
    tokenHash,
    type,
    userId ?? null,
    room ?? null,
    uses,
    expiresAt,
    by ?? null,
    at,
  )
  return made?.id ?? 0
}

function nameTaken(): ChatError {
  return new ChatError('name-taken', 'That name, or a look-alike, is taken.')
}

function outdated(): ChatError {
  return new ChatError('bad-field', 'The password has changed meanwhile.')
}

function gone(): ChatError {
  return new ChatError('no-such-user', 'This link is invalid or has expired.')
}
