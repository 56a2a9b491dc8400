/** Requests: whoever a guest has brought into a room accepts it, or declines it by leaving. A name is free, so a guest may insist on nothing. */
import { ChatError, limits, type RoomKind } from '../../shared/protocol.ts'
import { forbidden } from './sqlite-rights.ts'
import type { Rows } from './sqlite-rows.ts'
import type { Effect } from './store.ts'

export interface Requests {
  /** @throws ChatError `forbidden` when the guest has asked too many people, or one of them has been asked by too many */
  refuseMany(guest: number, users: readonly number[]): void
  ask(roomId: number, users: readonly number[]): void
  /** Whether the user has declined, or has not answered yet. */
  isOpen(roomId: number, user: number): boolean
  /** @returns whether there was something to accept */
  accept(roomId: number, user: number): boolean
  /** @throws ChatError `not-accepted` when the writer has written all that they may before somebody else accepts */
  refuseUnlessAccepted(roomId: number, writer: number): void
  /** The user declines all that the other has asked. */
  declineAll(user: number, by: number): Effect[]
}

export function requestsIn({ run, one, all }: Pick<Rows, 'run' | 'one' | 'all'>): Requests {
  return {
    refuseMany(guest, users) {
      if (!users.length) return
      const asked = count(
        `select count(*) as n from rooms cross join memberships on room_id = rooms.id and is_request = 1
        where created_by = ? and created_key is not null`,
        guest,
      )
      if (asked + users.length > limits.maxRequestsByGuest) {
        throw forbidden(
          `At most ${limits.maxRequestsByGuest} people can be asked by a guest before some of them accept.`,
        )
      }
      for (const user of users) {
        const open = count(
          'select count(*) as n from memberships where user_id = ? and is_request = 1 and is_in = 1',
          user,
        )
        if (open >= limits.maxRequestsTo) throw forbidden('Too many guests have asked this person. Try again later.')
      }
    },

    ask(roomId, users) {
      for (const user of users) {
        run('update memberships set is_request = 1 where room_id = ? and user_id = ?', roomId, user)
      }
    },

    isOpen(roomId, user) {
      return Boolean(
        one('select 1 from memberships where room_id = ? and user_id = ? and is_request = 1', roomId, user),
      )
    },

    accept(roomId, user) {
      const sql =
        'update memberships set is_request = 0 where room_id = ? and user_id = ? and is_request = 1 and is_in = 1'
      return run(sql, roomId, user) > 0
    },

    refuseUnlessAccepted(roomId, writer) {
      if (!one('select 1 from memberships where room_id = ? and is_request = 1 limit 1', roomId)) return
      const sql = 'select 1 from memberships where room_id = ? and user_id <> ? and is_request = 0 limit 1'
      if (one(sql, roomId, writer)) return
      // In such a room there are no others, so few entries are read.
      const written = count(
        `select count(*) as n from (
          select 1 from entries where room_id = ? and user_id = ? and type <> 'delete' limit ${limits.maxRequestMessages}
        )`,
        roomId,
        writer,
      )
      if (written < limits.maxRequestMessages) return
      const few = `Until they accept, you can write ${limits.maxRequestMessages} messages here.`
      throw new ChatError('not-accepted', few)
    },

    declineAll(user, by) {
      const declined = all<{ id: number; room: string; kind: RoomKind }>(
        `select rooms.id, address as room, kind from memberships cross join rooms on rooms.id = room_id
        where user_id = ? and is_request = 1 and is_in = 1 and created_by = ?`,
        user,
        by,
      )
      return declined.map(({ id, room, kind }) => {
        run('update memberships set is_in = 0 where room_id = ? and user_id = ?', id, user)
        return { type: 'standing', user, room, kind, isIn: false, canView: kind === 'public' }
      })
    },
  }

  function count(sql: string, ...values: number[]): number {
    return one<{ n: number }>(sql, ...values)?.n ?? 0
  }
}
