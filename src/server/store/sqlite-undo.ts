/** Taking acts back: only what is still as the act left it, and only by whoever could have done it. */
import type { RoomRole, RoomSettings, ServerRole } from '../../shared/protocol.ts'
import { canModerate, canView, type Roles, rankOf } from '../../shared/rights.ts'
import { type ActRow, atOnce, type BannedWith, type Deed, type Enter, type Piece } from './sqlite-acts.ts'
import { type Doing, forbidden, type MembershipRow, type Rights } from './sqlite-rights.ts'
import type { Rows } from './sqlite-rows.ts'
import type { Effect } from './store.ts'

export interface Undoing {
  undo(act: ActRow | undefined, doing: Doing): Deed
  /** A piece of what an undone act had taken away. */
  bringBack(undo: ActRow, at: number): Piece
}

/** Of an act on somebody in a room. */
interface InRoom {
  user: number
  roomId: number
  room: string
}

export function undoing({ run, one, all }: Pick<Rows, 'run' | 'one' | 'all'>, rights: Rights, enter: Enter): Undoing {
  const { runnerOf, standing, standingOfUser } = rights

  return {
    undo(act, doing) {
      if (!act) throw notYours()
      refuseUnlessMayUndo(act, doing)
      if (act.undoneBy !== null) throw forbidden('This has been undone already.')
      const effects = takeBack(act, JSON.parse(act.data), doing)
      return {
        ...(act.user !== null && { user: act.user }),
        ...(act.roomId !== null && { roomId: act.roomId }),
        data: { act: act.id },
        effects,
      }
    },

    bringBack({ by, data }, at) {
      const { act } = JSON.parse(data)
      const messages = all<{ roomId: number; room: string; id: number; data: string }>(
        `select room_id as "roomId", address as room, removed.id, data from removed join rooms on rooms.id = room_id
        where act_id = ? limit ?`,
        act,
        atOnce,
      )
      const effects = messages.map(({ roomId, room, id, data }) => {
        run('delete from removed where act_id = ? and room_id = ? and id = ?', act, roomId, id)
        run('update entries set data = ?, deleted = 0 where room_id = ? and id = ?', data, roomId, id)
        return enter(room, by ?? 0, at, { type: 'edit', ref: id, data })
      })
      return { last: '', effects }
    },
  }

  // biome-ignore lint/suspicious/noExplicitAny: what `data` holds is said by the act of the same type
  function takeBack(act: ActRow, data: any, doing: Doing): Effect[] {
    switch (act.type) {
      case 'kick':
        return kick(inRoom(act), data, doing)
      case 'mute':
        return mute(inRoom(act), data, doing)
      case 'ban':
        return act.room === null ? houseBan(act, data, doing) : roomBan(inRoom(act), data, doing)
      case 'ban-range':
        return banRange(act, data)
      case 'role':
        return act.room === null ? houseRole(act, data, doing) : roomRole(act, data, doing)
      case 'delete':
      case 'purge':
        // What was taken away comes back piece by piece: see `bringBack`.
        if (!one('select 1 from removed where act_id = ?', act.id)) throw hasChanged()
        return []
      case 'change':
        return change(act, data, doing)
      case 'add':
        return add(act, data, doing)
      case 'invite':
        if (run('delete from links where id = ?', data.invite) === 0) throw hasChanged()
        return []
      case 'unreact':
      case 'delete-room':
      case 'revoke':
      case 'link':
      case 'undo':
        throw forbidden('This cannot be undone.')
      default:
        return act.type satisfies never
    }
  }

  // In a room

  function kick({ user, roomId, room }: InRoom, { before }: { before: MembershipRow }, doing: Doing): Effect[] {
    rights.memberBelow(room, user, doing)
    const isBack = run(
      `update memberships set is_in = ?, is_invited = ?, role = ?
      where room_id = ? and user_id = ? and is_in = 0 and coalesce(banned_until, 0) <= ?`,
      before.isIn,
      before.isInvited,
      before.role,
      roomId,
      user,
      doing.at,
    )
    if (!isBack) throw hasChanged()
    return [standingOfUser(user, room, doing.at)]
  }

  function mute(
    { user, roomId, room }: InRoom,
    data: { until: number; before: number | null },
    doing: Doing,
  ): Effect[] {
    rights.memberBelow(room, user, doing)
    const isBack = run(
      'update memberships set muted_until = ? where room_id = ? and user_id = ? and muted_until = ?',
      data.before,
      roomId,
      user,
      data.until,
    )
    if (!isBack) throw hasChanged()
    return [standingOfUser(user, room, doing.at)]
  }

  /** Where a ban was lifted it is in force again. */
  function roomBan(
    { user, roomId, room }: InRoom,
    { until, before }: { until: number; before: MembershipRow },
    doing: Doing,
  ): Effect[] {
    rights.memberBelow(room, user, doing)
    const isOut = (before.bannedUntil ?? 0) > doing.at
    const isBack = run(
      `update memberships set banned_until = ?, is_in = case when ? then 0 else max(is_in, ?) end, role = ?
      where room_id = ? and user_id = ? and banned_until = ?`,
      before.bannedUntil,
      Number(isOut),
      before.isIn,
      before.role,
      roomId,
      user,
      until,
    )
    if (!isBack) throw hasChanged()
    return [standingOfUser(user, room, doing.at)]
  }

  /** Whoever made somebody a moderator may take that back. For all others a moderator is no lower than they are. */
  function roomRole(act: ActRow, { role, before }: { role: RoomRole; before: RoomRole }, doing: Doing): Effect[] {
    const { user, roomId, room } = inRoom(act)
    if (act.by !== doing.viewer.user.id) rights.memberBelow(room, user, doing)
    const isBack = run(
      'update memberships set role = ? where room_id = ? and user_id = ? and role = ? and is_in = 1',
      before,
      roomId,
      user,
      role,
    )
    if (!isBack) throw hasChanged()
    return [standingOfUser(user, room, doing.at)]
  }

  /** Of the settings those that nobody has changed since. */
  function change(
    { room, roomId }: ActRow,
    { before, after }: { before: RoomSettings; after: RoomSettings },
    { viewer, at }: Doing,
  ): Effect[] {
    const now = room === null ? undefined : standing(viewer.user.id, room, at)
    if (room === null || roomId === null || !now) throw hasChanged()
    const fields = Object.keys(after) as (keyof RoomSettings)[]
    const unchanged = fields.filter((field) => now[field] === after[field])
    if (!unchanged.length) throw hasChanged()
    const settings: RoomSettings = Object.fromEntries(unchanged.map((field) => [field, before[field]]))
    if (settings.name !== undefined && now.kind === 'public') rights.refuseTakenName(roomId, settings.name)
    return [enter(room, viewer.user.id, at, { type: 'room', data: settings })]
  }

  function add({ room, roomId }: ActRow, { users }: { users: number[] }, doing: Doing): Effect[] {
    if (room === null) throw hasChanged()
    const there = users.filter((user) => standing(user, room, doing.at)?.isIn)
    if (!there.length) throw hasChanged()
    for (const user of there) rights.memberBelow(room, user, doing)
    for (const user of there) {
      run(
        `update memberships set is_in = 0, is_invited = 0, role = 'member' where room_id = ? and user_id = ?`,
        roomId,
        user,
      )
    }
    return there.map((user) => standingOfUser(user, room, doing.at))
  }

  // In the house

  /** Where a ban was lifted it is in force again, for those who came in meanwhile too. */
  function houseBan(
    { id, user }: ActRow,
    { until, before, lifted = [] }: { until: number; before: number | null; lifted?: BannedWith[] },
    doing: Doing,
  ): Effect[] {
    if (user === null) throw hasChanged()
    rights.personBelow(user, doing)
    const isBack = run('update users set banned_until = ? where id = ? and banned_until = ?', before, user, until)
    if (!isBack) throw hasChanged()
    run('delete from banned_ranges where act_id = ?', id)
    banAgain(lifted)
    if ((before ?? 0) <= doing.at) return [{ type: 'ranges' }]
    run('delete from sessions where user_id = ?', user)
    return [{ type: 'banned', user }, { type: 'ranges' }]
  }

  function banRange({ id }: ActRow, { before }: { before?: BannedWith[] }): Effect[] {
    const isLifted = run('delete from banned_ranges where act_id = ?', id) > 0
    if (!before && !isLifted) throw hasChanged()
    banAgain(before ?? [])
    return [{ type: 'ranges' }]
  }

  function banAgain(ranges: readonly BannedWith[]): void {
    for (const { range, until, act } of ranges) {
      run('insert into banned_ranges (range, until, act_id) values (?, ?, ?)', range, until, act)
    }
  }

  function houseRole(
    { user }: ActRow,
    { role, before }: { role: ServerRole; before: ServerRole },
    doing: Doing,
  ): Effect[] {
    if (runnerOf(doing) !== 'owner') throw forbidden('Only the owner makes admins.')
    // Whoever became the owner did so by a link, and had no role before that one could go back to.
    if (before !== 'member' && before !== 'admin') throw forbidden('This cannot be undone.')
    const isBack = run('update users set role = ? where id = ? and role = ?', before, user, role)
    if (!isBack || user === null) throw hasChanged()
    return [{ type: 'role', user, role: before }]
  }

  /**
   * Whoever keeps order where it was done may, unless somebody above him did it, or did it to him. What was done in a room that
   * he may not see was not done for him.
   */
  function refuseUnlessMayUndo(act: ActRow, doing: Doing): void {
    const mine = act.room === null ? keeperOfHouse(doing) : keeperIn(act.room, doing)
    const mayUndo = mine && (act.by === doing.viewer.user.id || rankOf(mine) >= rankOf(doerOf(act, doing)))
    if (!mayUndo || act.user === doing.viewer.user.id) throw notYours()
  }

  function keeperOfHouse(doing: Doing): Roles | undefined {
    const serverRole = rights.runnerRole(doing)
    return serverRole && { serverRole }
  }

  function keeperIn(room: string, { viewer, at }: Doing): Roles | undefined {
    const mine = standing(viewer.user.id, room, at)
    const isKeeper = mine && viewer.isVerified && canView(mine, viewer) && canModerate(mine)
    return isKeeper ? mine : undefined
  }

  function doerOf({ by, room }: ActRow, { at }: Doing): Roles {
    if (by === null) return { serverRole: 'owner' }
    return (room !== null && standing(by, room, at)) || { serverRole: rights.roleOf(by) }
  }
}

function inRoom({ user, roomId, room }: ActRow): InRoom {
  if (user === null || roomId === null || room === null) throw new Error('An act in a room names nobody there.')
  return { user, roomId, room }
}

function notYours() {
  return forbidden('You may not undo this.')
}

function hasChanged() {
  return forbidden('It is no longer as this has left it.')
}
