/** What keeps order: each act checks in its transaction whether its doer may, does it, and is written into the audit log. */
import { randomUUID } from 'node:crypto'
import type { DatabaseSync } from 'node:sqlite'
import {
  type ActType,
  ChatError,
  type Entry,
  type HouseRole,
  lobby,
  type RoomRole,
  type RoomSettings,
  type User,
} from '../../shared/protocol.ts'
import { keepsOrder, mayActOn, rankOf, runsHouse, sees } from '../../shared/rights.ts'
import { addLink } from './sqlite-accounts.ts'
import { knownSql, knownValues } from './sqlite-known.ts'
import type { Log } from './sqlite-log.ts'
import type { Rooms } from './sqlite-rooms.ts'
import { rows } from './sqlite-rows.ts'
import { type StandingRow, standingOf, standingSql } from './sqlite-standing.ts'
import type { ActContent, Acted, Effect, NewAct, Standing, Viewer } from './store.ts'

/** So many messages are taken away or brought back in one transaction: others wait for it. */
const atOnce = 100

export interface ActWrites {
  act(act: NewAct): Acted
  proceed(act: number, at: number): Effect[]
  forget(at: number, removedBefore: number): void
}

interface Noted {
  user?: number
  roomId?: number
  data?: Record<string, unknown>
}

/** What an act did: what is written down of it, and what follows. */
interface Deed extends Noted {
  effects: Effect[]
}

interface ActRow {
  id: number
  type: ActType
  by: number | null
  user: number | null
  roomId: number | null
  room: string | null
  data: string
  undoneBy: number | null
}

interface Place {
  roomId: number
  /** How the doer stands there. */
  mine: Standing
}

type Doing = { viewer: Viewer; at: number; key: string }
type Of<Type extends ActContent['type']> = Extract<ActContent, { type: Type }>

export function actWrites(database: DatabaseSync, log: Log, rooms: Rooms): ActWrites {
  const { run, one, all } = rows(database)

  return {
    act(act) {
      const { viewer, key, at } = act
      const known = one<{ id: number }>('select id from acts where by_id = ? and key = ?', viewer.user.id, key)
      if (known) return { act: known.id, isNew: false, effects: [] }
      const { effects, ...noted } = perform(act, act)
      if (act.type === 'leave') return { act: undefined, isNew: true, effects }
      const id = note(act.type, viewer.user.id, key, at, noted)
      if (act.type === 'undo') run('update acts set undone_by = ? where id = ?', id, act.act)
      if (act.type === 'ban' || act.type === 'ban-range')
        run('update banned_ranges set act_id = ? where act_id = 0', id)
      return { act: id, isNew: true, effects }
    },

    proceed(id, at) {
      const act = actOf(id)
      if (act.type === 'purge' && act.undoneBy === null) return takeAway(act, at)
      return act.type === 'undo' ? bringBack(act, JSON.parse(act.data).act, at) : []
    },

    forget(at, removedBefore) {
      run('delete from removed where at < ?', removedBefore)
      run('delete from banned_ranges where until <= ?', at)
      run('delete from links where expires_at <= ? or uses_left = 0', at)
    },
  }

  function perform(act: ActContent, doing: Doing): Deed {
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
      case 'purge':
        return purge(act, doing)
      case 'change':
        return change(act, doing)
      case 'add':
        return add(act, doing)
      case 'leave':
        return leave(act, doing)
      case 'invite':
        return invite(act, doing)
      case 'revoke':
        return revoke(act, doing)
      case 'link':
        return link(act, doing)
      case 'undo':
        return undo(act, doing)
      default:
        return act satisfies never
    }
  }

  // In a room

  function kick({ room, user }: Of<'kick'>, doing: Doing): Deed {
    const { roomId } = placeOf(room, doing)
    const theirs = memberBelow(room, user, doing)
    run('update memberships set is_in = 0, is_invited = 0 where room_id = ? and user_id = ?', roomId, user)
    return { user, roomId, data: { wasInvited: theirs.isInvited }, effects: [standingOfUser(user, room, doing.at)] }
  }

  function mute({ room, user, until }: Of<'mute'>, doing: Doing): Deed {
    const { roomId } = placeOf(room, doing)
    const { mutedUntil } = memberBelow(room, user, doing)
    run('update memberships set muted_until = ? where room_id = ? and user_id = ?', until, roomId, user)
    const data = { until, before: mutedUntil }
    return { user, roomId, data, effects: [standingOfUser(user, room, doing.at)] }
  }

  function banFromRoom(room: string, { user, until }: Of<'ban'>, doing: Doing): Deed {
    const { roomId } = placeOf(room, doing)
    const theirs = memberBelow(room, user, doing)
    run(
      'update memberships set banned_until = ?, is_in = (is_in and ?) where room_id = ? and user_id = ?',
      until,
      Number(until <= doing.at),
      roomId,
      user,
    )
    const data = { until, wasIn: theirs.isIn }
    return { user, roomId, data, effects: [standingOfUser(user, room, doing.at)] }
  }

  function changeRoomRole(room: string, { user, role }: Of<'role'>, doing: Doing): Deed {
    const { roomId } = placeOf(room, doing)
    if (role !== 'member' && role !== 'moderator') throw forbidden('In a room one is a member or a moderator.')
    const isOwnStep = user === doing.viewer.user.id && role === 'member'
    const { role: before } = isOwnStep ? memberOf(room, user, doing.at) : memberBelow(room, user, doing)
    run('update memberships set role = ? where room_id = ? and user_id = ?', role, roomId, user)
    return { user, roomId, data: { role, before }, effects: [standingOfUser(user, room, doing.at)] }
  }

  function change({ room, data }: Of<'change'>, doing: Doing): Deed {
    const { roomId, mine } = placeOf(room, doing, 'direct too')
    const after = changed(mine, data)
    if (room === lobby && after.archived) throw forbidden('The lobby stays open.')
    if (after.name !== undefined && mine.kind === 'public') refuseTakenName(roomId, after.name)
    if (Object.keys(after).length === 0) return { roomId, data: { after }, effects: [] }
    const before = Object.fromEntries(Object.keys(after).map((field) => [field, mine[field as keyof RoomSettings]]))
    const entry = settingsEntry(room, doing, after)
    return { roomId, data: { after, before }, effects: [entry] }
  }

  function add({ room, users }: Of<'add'>, doing: Doing): Deed {
    const { roomId, mine } = placeOf(room, doing)
    for (const user of users) refuseUnknown(user, doing.viewer)
    const isBanned = users.some((user) => standing(user, room, doing.at)?.isBanned)
    if (isBanned) throw forbidden('Somebody who is banned has to be let in again first.')
    const added = rooms.bringIn(roomId, users)
    const effects = added.map(
      (user): Effect => ({ type: 'standing', user, room, kind: mine.kind, isIn: true, sees: true }),
    )
    return { roomId, data: { users: added }, effects }
  }

  function leave({ room }: Of<'leave'>, { viewer, at }: Doing): Deed {
    const mine = seen(room, viewer, at)
    run(
      `insert into memberships (user_id, room_id, read_to, is_in) select ?, id, last, 0 from rooms where address = ?
      on conflict do update set is_in = 0, role = 'member'`,
      viewer.user.id,
      room,
    )
    return { effects: [standingOfUser(viewer.user.id, mine.room, at)] }
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
    const { before } = personBelow(user, doing)
    run('update users set banned_until = ? where id = ?', until, user)
    for (const range of ranges) addRange(range, until)
    const data = { until, before, ...(ranges.length && { ranges: [...ranges] }) }
    const effects: Effect[] = ranges.length ? [{ type: 'ranges' }] : []
    if (until <= doing.at) return { user, data, effects }
    run('delete from sessions where user_id = ?', user)
    return { user, data, effects: [{ type: 'banned', user }, ...effects] }
  }

  /** What he wrote goes piece by piece: see `proceed`. */
  function purge({ user }: Of<'purge'>, doing: Doing): Deed {
    personBelow(user, doing)
    return { user, effects: [] }
  }

  function banRange({ range, until }: Of<'ban-range'>, { viewer, at }: Doing): Deed {
    runnerOf(viewer)
    if (until <= at) run('delete from banned_ranges where range = ?', range)
    else addRange(range, until)
    return { data: { range, until }, effects: [{ type: 'ranges' }] }
  }

  function addRange(range: string, until: number): void {
    run('insert into banned_ranges (range, until, act_id) values (?, ?, 0)', range, until)
  }

  function changeHouseRole({ user, role }: Of<'role'>, doing: Doing): Deed {
    if (role !== 'member' && role !== 'admin') throw forbidden('In the house one is a member or an admin.')
    if (runnerOf(doing.viewer) !== 'owner') throw forbidden('Only the owner makes admins.')
    const { house: before } = personBelow(user, doing)
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

  // Taking back

  function undo({ act: id }: Of<'undo'>, doing: Doing): Deed {
    const { viewer, at } = doing
    const act = actOf(id)
    refuseUnlessMayUndo(act, doing)
    if (act.undoneBy !== null) throw forbidden('This has been undone already.')
    const data = JSON.parse(act.data)
    const deed: Deed = {
      ...(act.user !== null && { user: act.user }),
      ...(act.roomId !== null && { roomId: act.roomId }),
      data: { act: id },
      effects: [],
    }
    const { user, roomId, room } = act
    switch (act.type) {
      case 'kick':
        run(
          'update memberships set is_in = 1, is_invited = ? where room_id = ? and user_id = ?',
          Number(data.wasInvited),
          roomId,
          user,
        )
        break
      case 'mute':
        run('update memberships set muted_until = ? where room_id = ? and user_id = ?', data.before, roomId, user)
        break
      case 'ban':
        run('delete from banned_ranges where act_id = ?', id)
        if (room === null) run('update users set banned_until = ? where id = ?', data.before ?? null, user)
        else {
          run(
            'update memberships set banned_until = null, is_in = ? where room_id = ? and user_id = ?',
            Number(data.wasIn),
            roomId,
            user,
          )
        }
        return { ...deed, effects: [...standingEffects(user, room, at), { type: 'ranges' }] }
      case 'ban-range':
        run('delete from banned_ranges where act_id = ?', id)
        return { ...deed, effects: [{ type: 'ranges' }] }
      case 'role':
        return { ...deed, effects: undoRole(act, data.before, at) }
      case 'delete':
      case 'purge':
        // What was taken away comes back piece by piece: see `proceed`.
        return deed
      case 'change':
        return { ...deed, effects: room === null ? [] : [settingsEntry(room, doing, data.before)] }
      case 'add':
        for (const one of data.users) {
          run('update memberships set is_in = 0, is_invited = 0 where room_id = ? and user_id = ?', roomId, one)
        }
        return { ...deed, effects: data.users.flatMap((one: number) => standingEffects(one, room, at)) }
      case 'invite':
        run('delete from links where id = ?', data.invite)
        return deed
      case 'create':
      case 'revoke':
      case 'link':
      case 'undo':
        throw forbidden('This cannot be undone.')
      default:
        act.type satisfies never
    }
    return { ...deed, effects: standingEffects(user, room, at) }

    function undoRole({ user, room, roomId }: ActRow, before: string, at: number): Effect[] {
      if (user === null) return []
      if (room === null) {
        if (runnerOf(viewer) !== 'owner') throw forbidden('Only the owner makes admins.')
        if (before !== 'member' && before !== 'admin') throw forbidden('This cannot be undone.')
        run('update users set role = ? where id = ?', before, user)
        return [{ type: 'role', user, role: before }]
      }
      run('update memberships set role = ? where room_id = ? and user_id = ?', before as RoomRole, roomId, user)
      return standingEffects(user, room, at)
    }
  }

  /** Whoever keeps order where it was done, unless somebody above him did it, or did it to him. */
  function refuseUnlessMayUndo({ by, user, room }: ActRow, { viewer, at }: Doing): void {
    const mine =
      room === null ? { house: houseRoleOf(viewer) } : (standing(viewer.user.id, room, at) ?? { house: 'guest' })
    const isDoer = by === viewer.user.id
    const doer =
      by === null ? { house: 'owner' as const } : (room !== null && standing(by, room, at)) || { house: roleOf(by) }
    const may = viewer.isProven && keepsOrder(mine) && (isDoer || rankOf(mine) >= rankOf(doer))
    const inHouse = room !== null || runsHouse(mine.house)
    if (!may || !inHouse || user === viewer.user.id) throw forbidden('You may not undo this.')
  }

  function takeAway({ id, by, user }: ActRow, at: number): Effect[] {
    const messages = all<{ roomId: number; room: string; id: number; data: string }>(
      `select room_id as "roomId", address as room, entries.id, coalesce((
          select edits.data from entries as edits where edits.room_id = entries.room_id and edits.ref = entries.id
          and edits.type = 'edit' and edits.data <> '' order by edits.id desc limit 1), entries.data) as data
      from entries join rooms on rooms.id = room_id
      where user_id = ? and type = 'chat' and data <> '' limit ?`,
      user,
      atOnce,
    )
    return messages.map(({ roomId, room, id: message, data }) => {
      run('insert into removed (act_id, room_id, id, data, at) values (?, ?, ?, ?, ?)', id, roomId, message, data, at)
      return entered(room, by ?? 0, at, { type: 'delete', ref: message })
    })
  }

  function bringBack({ by }: ActRow, undone: number, at: number): Effect[] {
    const messages = all<{ roomId: number; room: string; id: number; data: string }>(
      `select room_id as "roomId", address as room, removed.id, data from removed join rooms on rooms.id = room_id
      where act_id = ? limit ?`,
      undone,
      atOnce,
    )
    return messages.map(({ roomId, room, id, data }) => {
      run('delete from removed where act_id = ? and room_id = ? and id = ?', undone, roomId, id)
      run('update entries set data = ? where room_id = ? and id = ?', data, roomId, id)
      return entered(room, by ?? 0, at, { type: 'edit', ref: id, data })
    })
  }

  type Content =
    | { type: 'delete'; ref: number }
    | { type: 'edit'; ref: number; data: string }
    | { type: 'room'; data: RoomSettings }

  function settingsEntry(room: string, { viewer, at }: Doing, data: RoomSettings): Effect {
    return entered(room, viewer.user.id, at, { type: 'room', data })
  }

  function entered(room: string, by: number, at: number, content: Content): Effect {
    const user = one<User>('select id, name, image from users where id = ?', by)
    if (!user) throw new Error('An act has no doer.')
    const { id, at: storedAt } = log.enter({
      room,
      userId: by,
      key: randomUUID(),
      at,
      type: content.type,
      data: content.type === 'room' ? JSON.stringify(content.data) : content.type === 'edit' ? content.data : '',
      ref: content.type === 'room' ? null : content.ref,
      isOn: null,
    })
    return { type: 'entry', entry: { id, room, user, at: storedAt, ...content } as Entry }
  }

  // Who stands where

  function standing(user: number, room: string, at: number): Standing | undefined {
    const row = one<StandingRow>(standingSql, user, room)
    return row && standingOf(row, at)
  }

  function seen(room: string, viewer: Viewer, at: number): Standing {
    const mine = standing(viewer.user.id, room, at)
    if (!mine || !sees(mine, viewer)) throw new ChatError('no-such-room', 'There is no such room.')
    return mine
  }

  /** Where the doer keeps order; in a direct conversation nobody does, and everybody may name it. */
  function placeOf(room: string, { viewer, at }: Doing, direct?: 'direct too'): Place {
    const mine = seen(room, viewer, at)
    const isAllowed = mine.kind === 'direct' ? direct !== undefined : viewer.isProven && keepsOrder(mine)
    if (!isAllowed) throw forbidden('Only moderators may do this.')
    const { roomId } = one<{ roomId: number }>('select id as "roomId" from rooms where address = ?', room) ?? {
      roomId: 0,
    }
    return { roomId, mine }
  }

  function memberOf(room: string, user: number, at: number): Standing {
    const theirs = standing(user, room, at)
    // One who was never here is nobody, whether there is such a user or not.
    if (theirs?.readTo === undefined) throw new ChatError('no-such-user', 'There is no such user in this room.')
    return theirs
  }

  function memberBelow(room: string, user: number, { viewer, at }: Doing): Standing {
    const theirs = memberOf(room, user, at)
    const mine = seen(room, viewer, at)
    if (!mayActOn(mine, theirs)) throw forbidden('He stands no lower than you.')
    return theirs
  }

  function personBelow(user: number, { viewer }: Doing): { house: HouseRole; before: number | null } {
    const mine = runnerOf(viewer)
    const theirs = one<{ house: HouseRole; before: number | null }>(
      'select role as house, banned_until as before from users where id = ?',
      user,
    )
    if (!theirs) throw new ChatError('no-such-user', 'There is no such user.')
    if (!mayActOn({ house: mine }, theirs)) throw forbidden('He stands no lower than you.')
    return theirs
  }

  function runnerOf(viewer: Viewer): HouseRole {
    const house = houseRoleOf(viewer)
    if (!viewer.isProven || !runsHouse(house)) throw forbidden('Only admins may do this.')
    return house
  }

  function houseRoleOf({ user }: Viewer): HouseRole {
    return roleOf(user.id)
  }

  function roleOf(user: number): HouseRole {
    return one<{ role: HouseRole }>('select role from users where id = ?', user)?.role ?? 'guest'
  }

  function refuseUnknown(user: number, { user: { id }, seesPublic }: Viewer): void {
    const isKnown = one(`select 1 from users where id = ? and ${knownSql}`, user, ...knownValues(id, seesPublic))
    if (!isKnown) throw new ChatError('no-such-user', 'There is no such user.')
  }

  function refuseTakenName(roomId: number, name: string): void {
    const taken = one(
      `select 1 from rooms where id <> ? and (address = ? or (name = ? and kind = 'public'))`,
      roomId,
      name,
      name,
    )
    if (taken) throw new ChatError('name-taken', 'Another room has that name.')
  }

  function standingEffects(user: number | null, room: string | null, at: number): Effect[] {
    return user === null || room === null ? [] : [standingOfUser(user, room, at)]
  }

  function standingOfUser(user: number, room: string, at: number): Effect {
    const theirs = standing(user, room, at)
    if (!theirs) throw new ChatError('no-such-user', 'There is no such user.')
    const { kind, isIn } = theirs
    return { type: 'standing', user, room, kind, isIn, sees: sees(theirs, { isProven: true, seesPublic: true }) }
  }

  // The audit log

  function note(type: ActType, by: number, key: string, at: number, { user, roomId, data = {} }: Noted): number {
    const noted = one<{ id: number }>(
      'insert into acts (type, at, by_id, key, user_id, room_id, data) values (?, ?, ?, ?, ?, ?, ?) returning id',
      type,
      at,
      by,
      key,
      user ?? null,
      roomId ?? null,
      JSON.stringify(data),
    )
    return noted?.id ?? 0
  }

  function actOf(id: number): ActRow {
    const act = one<ActRow>(
      `select acts.id, type, by_id as "by", user_id as "user", room_id as "roomId", address as room, data,
        undone_by as "undoneBy"
      from acts left join rooms on rooms.id = room_id where acts.id = ?`,
      id,
    )
    if (!act) throw forbidden('You may not undo this.')
    return act
  }
}

function changed(now: Standing, wanted: RoomSettings): RoomSettings {
  const fields = Object.entries(wanted).filter(
    ([field, value]) => value !== undefined && value !== now[field as keyof RoomSettings],
  )
  return Object.fromEntries(fields)
}

function forbidden(message: string): ChatError {
  return new ChatError('forbidden', message)
}
