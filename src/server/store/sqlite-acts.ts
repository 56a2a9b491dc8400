/** What keeps order: each act checks in its transaction whether its doer may, does it, and is written into the audit log. */
import { randomUUID } from 'node:crypto'
import type { DatabaseSync } from 'node:sqlite'
import {
  ChatError,
  type Entry,
  limits,
  lobby,
  type ModerationActionType,
  type RoomSettings,
  type User,
} from '../../shared/protocol.ts'
import { addLink } from './sqlite-accounts.ts'
import { type Log, usedKey } from './sqlite-log.ts'
import { requestsIn } from './sqlite-requests.ts'
import { type Doing, forbidden, rightsIn } from './sqlite-rights.ts'
import { roomDeletion } from './sqlite-room-deletion.ts'
import type { Rooms } from './sqlite-rooms.ts'
import { rows } from './sqlite-rows.ts'
import { undoing } from './sqlite-undo.ts'
import {
  type Effect,
  isInPieces,
  type Membership,
  type ModerationAction,
  type ModerationResult,
  type NewModerationAction,
} from './store.ts'

/** So many messages are taken away or brought back in one transaction: others wait for it. */
export const atOnce = 100

export interface ActWrites {
  moderate(act: NewModerationAction): ModerationResult
  continueAction(act: number, at: number): Effect[]
  removeExpired(at: number, removedBefore: number): void
}

interface Noted {
  user?: number
  roomId?: number
  data?: Record<string, unknown>
}

/** What an act did: what is written down of it, and what follows. */
export interface Deed extends Noted {
  effects: Effect[]
}

/** A range, and the act that banned it. */
export interface BannedWith {
  range: string
  until: number
  act: number
}

/** Of an act that is too large for one transaction. */
export interface Piece {
  /** From where the next one goes on. */
  last: string
  effects: Effect[]
}

export interface ActRow {
  id: number
  type: ModerationActionType
  by: number | null
  user: number | null
  roomId: number | null
  room: string | null
  data: string
  undoneBy: number | null
}

/** Writes an entry that an act made. */
export type Enter = (room: string, by: number, at: number, content: EnteredContent) => Effect
type EnteredContent =
  | { type: 'delete'; ref: number }
  | { type: 'edit'; ref: number; data: string }
  | { type: 'room'; data: RoomSettings }
  /** Of the user who reacted, whoever takes it away. */
  | { type: 'react'; ref: number; data: string; on: false }

type Of<Type extends ModerationAction['type']> = Extract<ModerationAction, { type: Type }>

interface Around {
  log: Log
  rooms: Rooms
  /** Told when a text is deleted. */
  erased(): void
}

export function actWrites(database: DatabaseSync, { log, rooms, erased }: Around): ActWrites {
  const { run, one, all } = rows(database)
  const rights = rightsIn({ one })
  const requests = requestsIn({ run, one, all })
  const { placeOf, memberBelow, personBelow, runnerOf, standingOfUser } = rights
  const { deleteRoom, erasePiece } = roomDeletion({ run, one, all }, rights, erased)
  const { undo, bringBack } = undoing({ run, one, all }, rights, entered)

  return {
    moderate(act) {
      const { viewer, key, request: asked = '' } = act
      const known = one<{ id: number; asked: string }>(
        'select id, asked from acts where by_id = ? and key = ?',
        viewer.user.id,
        key,
      )
      if (known && known.asked !== asked) throw usedKey()
      if (known) return { action: known.id, isNew: false, effects: [] }
      const deed = perform(act, act)
      if (!deed) return { action: undefined, isNew: true, effects: [] }
      const { effects, ...noted } = deed
      if (isOwn(act.type)) return { action: undefined, isNew: true, effects }
      const id = note(act, noted)
      if (act.type === 'undo') {
        run('update acts set undone_by = ? where id = ?', id, act.act)
        run('delete from meta where key = ?', progressOf(act.act))
      }
      if (isInPieces(act.type)) run(`insert into meta values (?, '')`, progressOf(id))
      run('update banned_ranges set act_id = ? where act_id = 0', id)
      return { action: id, isNew: true, effects }
    },

    continueAction(id, at) {
      const act = actOf(id)
      const progress = one<{ last: string }>('select value as last from meta where key = ?', progressOf(id))
      // What is finished does not begin again, whatever was written since.
      if (!act || !progress) return []
      const { last, effects } = piece(act, progress.last, at)
      if (effects.length) run('update meta set value = ? where key = ?', last, progressOf(id))
      else run('delete from meta where key = ?', progressOf(id))
      return effects
    },

    removeExpired(at, removedBefore) {
      // What is on its way back is not let go of.
      const forgotten = run(
        'delete from removed where at < ? and act_id not in (select id from acts where undone_by is not null)',
        removedBefore,
      )
      if (forgotten) erased()
      run('delete from banned_ranges where until <= ?', at)
      run('delete from links where expires_at <= ? or uses_left = 0', at)
    },
  }

  function piece(act: ActRow, last: string, at: number): Piece {
    if (act.type === 'purge') return takeAway(act, last, at)
    return act.type === 'delete-room' ? { last, effects: erasePiece(act.roomId ?? 0) } : bringBack(act, at)
  }

  /** Undefined when there was nothing to do. What refuses comes before what writes. */
  function perform(act: ModerationAction, doing: Doing): Deed | undefined {
    switch (act.type) {
      case 'kick':
        return kick(act, doing)
      case 'mute':
        return mute(act, doing)
      case 'ban':
        return act.room === undefined ? banFromHouse(act, doing) : banFromRoom(act.room, act, doing)
      case 'ban-range':
        return banRange(act, doing)
      case 'role':
        return act.room === undefined ? changeHouseRole(act, doing) : changeRoomRole(act.room, act, doing)
      case 'unreact':
        return unreact(act, doing)
      case 'delete-room':
        return deleteRoom(act.room, doing)
      case 'purge':
        return purge(act, doing)
      case 'change':
        return change(act, doing)
      case 'add':
        return add(act, doing)
      case 'accept':
        return accept(act, doing)
      case 'leave':
        return leave(act, doing)
      case 'block':
        return block(act, doing)
      case 'invite':
        return invite(act, doing)
      case 'revoke':
        return revoke(act, doing)
      case 'link':
        return link(act, doing)
      case 'undo':
        return undo(actOf(act.act), doing)
      default:
        return act satisfies never
    }
  }

  // In a room

  /** Whoever is brought in again later is what everybody is there: a link makes no moderator. */
  function kick({ room, user }: Of<'kick'>, doing: Doing): Deed {
    const { roomId } = placeOf(room, doing)
    memberBelow(room, user, doing)
    const { isIn, isInvited, role } = rights.membership(roomId, user)
    run(
      `update memberships set is_in = 0, is_invited = 0, role = 'member' where room_id = ? and user_id = ?`,
      roomId,
      user,
    )
    return {
      user,
      roomId,
      data: { before: { isIn, isInvited, role } },
      effects: [standingOfUser(user, room, doing.at)],
    }
  }

  function mute({ room, user, until }: Of<'mute'>, doing: Doing): Deed {
    const { roomId } = placeOf(room, doing)
    memberBelow(room, user, doing)
    const { mutedUntil } = rights.membership(roomId, user)
    run('update memberships set muted_until = ? where room_id = ? and user_id = ?', until, roomId, user)
    const data = { until, before: mutedUntil }
    return { user, roomId, data, effects: [standingOfUser(user, room, doing.at)] }
  }

  function banFromRoom(room: string, { user, until }: Of<'ban'>, doing: Doing): Deed {
    const { roomId } = placeOf(room, doing)
    memberBelow(room, user, doing)
    const { isIn, role, bannedUntil } = rights.membership(roomId, user)
    const isOut = until > doing.at
    run(
      'update memberships set banned_until = ?, is_in = ?, role = ? where room_id = ? and user_id = ?',
      until,
      isOut ? 0 : isIn,
      isOut ? 'member' : role,
      roomId,
      user,
    )
    const data = { until, before: { isIn, role, bannedUntil } }
    return { user, roomId, data, effects: [standingOfUser(user, room, doing.at)] }
  }

  function changeRoomRole(room: string, { user, role }: Of<'role'>, doing: Doing): Deed {
    const { roomId } = placeOf(room, doing)
    if (role !== 'member' && role !== 'moderator') throw forbidden('In a room one is a member or a moderator.')
    const isOwnStep = user === doing.viewer.user.id && role === 'member'
    const theirs = isOwnStep ? rights.memberOf(room, user, doing.at) : memberBelow(room, user, doing)
    if (role === 'moderator' && !theirs.isIn) throw forbidden('He has to be in the room.')
    run('update memberships set role = ? where room_id = ? and user_id = ?', role, roomId, user)
    return { user, roomId, data: { role, before: theirs.role }, effects: [standingOfUser(user, room, doing.at)] }
  }

  /** In an archived room too: what is kept need not be an insult. */
  function unreact({ room, ref, user, data }: Of<'unreact'>, doing: Doing): Deed {
    const { roomId } = placeOf(room, doing)
    memberBelow(room, user, doing)
    const isGiven = one(
      'select 1 from reactions where room_id = ? and message_id = ? and data = ? and user_id = ?',
      roomId,
      ref,
      data,
      user,
    )
    if (!isGiven) throw new ChatError('no-such-message', 'There is no such reaction.')
    const entry = entered(room, user, doing.at, { type: 'react', ref, data, on: false })
    return { user, roomId, data: { message: ref, reaction: data }, effects: [entry] }
  }

  function change({ room, data }: Of<'change'>, doing: Doing): Deed | undefined {
    const { roomId, mine } = rights.placeOrConversationOf(room, doing)
    const after = changed(mine, data)
    const fields = Object.keys(after)
    if (fields.length === 0) return undefined
    // Nobody keeps order in a conversation, and so nobody closes it for the others.
    const isOwn = mine.kind !== 'direct' || fields.every((field) => field === 'name' || field === 'topic')
    if (!isOwn) throw forbidden('A conversation has only a name and a topic.')
    if (room === lobby && after.archived) throw forbidden('The lobby stays open.')
    if (after.name !== undefined && mine.kind === 'public') rights.refuseTakenName(roomId, after.name)
    const before = Object.fromEntries(fields.map((field) => [field, mine[field as keyof RoomSettings]]))
    if (mine.kind === 'direct') rights.refuseBlockedIn(roomId, doing.viewer.user.id)
    if (mine.kind !== 'public' && !mine.isRequest) requests.refuseUnlessAccepted(roomId, doing.viewer.user.id)
    const answered = mine.isRequest ? accepted(room, doing) : []
    const entry = entered(room, doing.viewer.user.id, doing.at, { type: 'room', data: after })
    return { roomId, data: { after, before }, effects: [...answered, entry] }
  }

  function add({ room, users }: Of<'add'>, doing: Doing): Deed {
    const { roomId, mine } = placeOf(room, doing)
    for (const user of users) rights.refuseUnknown(user, doing)
    rights.refuseBlocked(users, doing.viewer.user.id)
    const isBanned = users.some((user) => rights.standing(user, room, doing.at)?.isBanned)
    if (isBanned) throw forbidden('Somebody who is banned has to be let in again first.')
    const by = doing.viewer.user.id
    const added = rooms.bringIn(roomId, users, rights.roleOf(by) === 'guest' ? by : undefined)
    const effects = added.map(
      (user): Effect => ({ type: 'standing', user, room, kind: mine.kind, isIn: true, canView: true }),
    )
    return { roomId, data: { users: added }, effects }
  }

  /** What was accepted before, or never asked, is accepted. */
  function accept({ room }: Of<'accept'>, doing: Doing): Deed {
    rights.seen(room, doing.viewer, doing.at)
    return { effects: accepted(room, doing) }
  }

  function accepted(room: string, { viewer, at }: Doing): Effect[] {
    const user = viewer.user.id
    const roomId = one<{ id: number }>('select id from rooms where address = ?', room)?.id ?? 0
    return viewer.isVerified && requests.accept(roomId, user) ? [standingOfUser(user, room, at)] : []
  }

  /** One who has only typed a guest's name does not take that guest out: nothing is left but by the connection. */
  function leave({ room }: Of<'leave'>, { viewer, at }: Doing): Deed {
    const mine = rights.seen(room, viewer, at)
    if (!viewer.isVerified) return { effects: [] }
    run(
      `insert into memberships (user_id, room_id, read_to, is_in) select ?, id, last, 0 from rooms where address = ?
      on conflict do update set is_in = 0, role = 'member'`,
      viewer.user.id,
      room,
    )
    return { effects: [standingOfUser(viewer.user.id, mine.room, at)] }
  }

  /** For oneself: the audit log has nothing to tell of it. */
  function block({ user, isOn }: Of<'block'>, { viewer, at }: Doing): Deed {
    const by = viewer.user.id
    if (!viewer.isVerified) throw forbidden('Sign in with a password first.')
    if (!isOn) run('delete from blocks where user_id = ? and blocked_id = ?', by, user)
    if (!isOn) return { effects: [{ type: 'blocks', user: by }] }
    if (user === by) throw forbidden('You cannot block yourself.')
    rights.refuseUnknown(user, { viewer, at })
    const blocked = one<{ count: number }>('select count(*) as count from blocks where user_id = ?', by)?.count ?? 0
    if (blocked >= limits.maxBlocked) throw forbidden(`You can block at most ${limits.maxBlocked} people.`)
    run('insert into blocks (user_id, blocked_id, at) values (?, ?, ?) on conflict do nothing', by, user, at)
    forgetMentions(by, user)
    return { effects: [{ type: 'blocks', user: by }, ...requests.declineAll(by, user)] }
  }

  /** Of what is unread: the rest is not counted. */
  function forgetMentions(user: number, author: number): void {
    run(
      `delete from mentions where (user_id, room_id, message_id) in (
        select mentions.user_id, mentions.room_id, message_id from memberships
          cross join mentions on mentions.user_id = memberships.user_id
            and mentions.room_id = memberships.room_id and message_id > read_to
          cross join entries on entries.room_id = mentions.room_id and entries.id = message_id
        where memberships.user_id = ? and entries.user_id = ?)`,
      user,
      author,
    )
  }

  function invite({ room, tokenHash, uses, expiresAt }: Of<'invite'>, doing: Doing): Deed {
    const { roomId } = placeOf(room, doing)
    const by = doing.viewer.user.id
    const id = addLink({ run, one }, { tokenHash, type: 'invite', room, uses, expiresAt, by, at: doing.at })
    return { roomId, data: { invite: id, uses, expiresAt }, effects: [{ type: 'invited', id }] }
  }

  function revoke({ room, id }: Of<'revoke'>, doing: Doing): Deed {
    const { roomId } = placeOf(room, doing)
    const isGone = run(`delete from links where id = ? and room_id = ? and type = 'invite'`, id, roomId) > 0
    if (!isGone) throw forbidden('There is no such invitation.')
    return { roomId, data: { invite: id }, effects: [] }
  }

  // In the house

  function banFromHouse({ user, until, ranges }: Of<'ban'>, doing: Doing): Deed {
    const { bannedUntil } = personBelow(user, doing)
    run('update users set banned_until = ? where id = ?', until, user)
    if (until <= doing.at) {
      return { user, data: { until, before: bannedUntil, lifted: liftRangesOf(user) }, effects: [{ type: 'ranges' }] }
    }
    for (const range of ranges) addRange(range, until)
    const data = { until, before: bannedUntil, ...(ranges.length && { ranges: [...ranges] }) }
    const effects: Effect[] = ranges.length ? [{ type: 'ranges' }] : []
    run('delete from sessions where user_id = ?', user)
    return { user, data, effects: [{ type: 'banned', user }, ...effects] }
  }

  /** What he wrote goes piece by piece: see `proceed`. */
  function purge({ user }: Of<'purge'>, doing: Doing): Deed {
    personBelow(user, doing)
    return { user, effects: [] }
  }

  function banRange({ range, until }: Of<'ban-range'>, doing: Doing): Deed {
    runnerOf(doing)
    const before = all<BannedWith>('select range, until, act_id as act from banned_ranges where range = ?', range)
    const isLifted = until <= doing.at
    if (isLifted) run('delete from banned_ranges where range = ?', range)
    else addRange(range, until)
    return { data: { range, until, ...(isLifted && { before }) }, effects: [{ type: 'ranges' }] }
  }

  /** Those that were banned because he was there. */
  function liftRangesOf(user: number): BannedWith[] {
    return all<BannedWith>(
      `delete from banned_ranges where act_id in (select id from acts where type = 'ban' and user_id = ?)
      returning range, until, act_id as act`,
      user,
    )
  }

  /** Of the act that is being done: its number comes with its note. */
  function addRange(range: string, until: number): void {
    run('insert into banned_ranges (range, until, act_id) values (?, ?, 0)', range, until)
  }

  function changeHouseRole({ user, role }: Of<'role'>, doing: Doing): Deed {
    if (role !== 'member' && role !== 'admin') throw forbidden('In the house one is a member or an admin.')
    if (runnerOf(doing) !== 'owner') throw forbidden('Only the owner makes admins.')
    const { serverRole: before } = personBelow(user, doing)
    if (before === 'guest') throw forbidden('A guest has to claim his name first.')
    run('update users set role = ? where id = ?', role, user)
    return { user, data: { role, before }, effects: [{ type: 'role', user, role }] }
  }

  function link({ user, tokenHash, expiresAt }: Of<'link'>, doing: Doing): Deed {
    personBelow(user, doing)
    const by = doing.viewer.user.id
    addLink({ run, one }, { tokenHash, type: 'password', userId: user, uses: 1, expiresAt, by, at: doing.at })
    return { user, data: { expiresAt }, effects: [] }
  }

  /**
   * In the order of their keys, which is that of an index, so that none is looked at again for each piece. What was in a deleted room is
   * being erased: nothing of it is kept.
   */
  function takeAway({ id, by, user }: ActRow, after: string, at: number): Piece {
    const messages = all<{ roomId: number; room: string; id: number; key: string; data: string }>(
      `select room_id as "roomId", address as room, entries.id, key, coalesce((
          select edits.data from entries as edits indexed by entries_edit
          where edits.room_id = entries.room_id and edits.ref = entries.id
          and edits.type = 'edit' and edits.data <> '' order by edits.id desc limit 1), entries.data) as data
      from entries indexed by entries_key join rooms on rooms.id = room_id
      where user_id = ? and key > ? and type = 'chat' and data <> '' and deleted_kind is null order by key limit ?`,
      user,
      after,
      atOnce,
    )
    const effects = messages.map(({ roomId, room, id: message, data }) => {
      run('insert into removed (act_id, room_id, id, data, at) values (?, ?, ?, ?, ?)', id, roomId, message, data, at)
      return entered(room, by ?? 0, at, { type: 'delete', ref: message })
    })
    return { last: messages.at(-1)?.key ?? after, effects: effects.length ? effects : takeReactions(user, at) }
  }

  /** After the messages. What they gave is not kept: with a message that comes back no reactions do. */
  function takeReactions(user: number | null, at: number): Effect[] {
    const given = all<{ room: string; ref: number; data: string }>(
      `select address as room, message_id as ref, data from reactions indexed by reactions_user
      join rooms on rooms.id = room_id where user_id = ? and deleted_kind is null limit ?`,
      user,
      atOnce,
    )
    return given.map(({ room, ...reaction }) => entered(room, user ?? 0, at, { type: 'react', ...reaction, on: false }))
  }

  function entered(room: string, by: number, at: number, content: EnteredContent): Effect {
    const user = one<User>('select id, name, image from users where id = ?', by)
    if (!user) throw new Error('An act has no doer.')
    const {
      id,
      at: storedAt,
      mentioned,
    } = log.enter({
      room,
      userId: by,
      key: randomUUID(),
      at,
      type: content.type,
      data: dataOf(content),
      ref: content.type === 'room' ? null : content.ref,
      isOn: content.type === 'react' ? 0 : null,
    })
    const mentions = mentioned.length ? { mentions: mentioned } : {}
    return { type: 'entry', entry: { id, room, user, at: storedAt, ...content, ...mentions } as Entry }
  }

  // The audit log

  function note(
    { type, viewer, key, request: asked = '', at }: NewModerationAction,
    { user, roomId, data = {} }: Noted,
  ): number {
    const noted = one<{ id: number }>(
      `insert into acts (type, at, by_id, key, asked, user_id, room_id, data) values (?, ?, ?, ?, ?, ?, ?, ?)
      returning id`,
      type,
      at,
      viewer.user.id,
      key,
      asked,
      user ?? null,
      roomId ?? null,
      JSON.stringify(data),
    )
    return noted?.id ?? 0
  }

  function actOf(id: number): ActRow | undefined {
    return one<ActRow>(
      `select acts.id, type, by_id as "by", user_id as "user", room_id as "roomId", address as room, data,
        undone_by as "undoneBy"
      from acts left join rooms on rooms.id = room_id where acts.id = ?`,
      id,
    )
  }
}

function changed(now: Membership, wanted: RoomSettings): RoomSettings {
  const fields = Object.entries(wanted).filter(
    ([field, value]) => value !== undefined && value !== now[field as keyof RoomSettings],
  )
  return Object.fromEntries(fields)
}

/** What a user does for themselves: the audit log has nothing to tell of it. */
function isOwn(type: ModerationAction['type']): type is 'leave' | 'accept' | 'block' {
  return type === 'leave' || type === 'accept' || type === 'block'
}

function dataOf(content: EnteredContent): string {
  if (content.type === 'delete') return ''
  return content.type === 'room' ? JSON.stringify(content.data) : content.data
}

/** Under which it is kept how far an act has come that goes in pieces, until it has come to its end. */
function progressOf(act: number): string {
  return `act ${act}`
}
