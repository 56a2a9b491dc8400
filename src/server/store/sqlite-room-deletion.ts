/** Deletes a room: at once for everybody, and then its entries piece by piece, so that others' writes do not wait. */
import { lobby } from '../../shared/protocol.ts'
import { type Doing, forbidden, type Rights } from './sqlite-rights.ts'
import type { Rows } from './sqlite-rows.ts'
import type { Effect } from './store.ts'

const entriesAtOnce = 500

export interface RoomDeletion {
  deleteRoom(room: string, doing: Doing): { roomId: number; data: Record<string, unknown>; effects: Effect[] }
  /** @returns nothing once nothing is left */
  erasePiece(roomId: number): Effect[]
}

export function roomDeletion({ run, one, all }: Omit<Rows, 'each'>, rights: Rights, erased: () => void): RoomDeletion {
  return {
    /** Its address and its name are free from now on. The next room that has them is another log. */
    deleteRoom(room, doing) {
      const { name, kind } = rights.seen(room, doing.viewer, doing.at)
      rights.runnerOf(doing)
      if (room === lobby) throw forbidden('The lobby stays.')
      if (kind === 'direct') throw forbidden('A conversation belongs to those who are in it.')
      const roomId = one<{ id: number }>('select id from rooms where address = ?', room)?.id ?? 0
      const members = all<{ id: number }>('select user_id as id from memberships where room_id = ?', roomId)
      run('delete from memberships where room_id = ?', roomId)
      run('delete from links where room_id = ?', roomId)
      run('delete from removed where room_id = ?', roomId)
      // Nobody belongs to it, so that nobody sees it, and no name of a public room is taken by it.
      run(
        `update rooms set address = '~' || id || ' ' || name, topic = '', deleted_kind = kind, kind = 'private', archived = 1
        where id = ?`,
        roomId,
      )
      erased()
      const users = members.map(({ id }) => id)
      return { roomId, data: { name }, effects: [{ type: 'room-deleted', room, isPublic: kind === 'public', users }] }
    },

    erasePiece(roomId) {
      const [last] = all<{ id: number }>(
        'select max(id) as id from (select id from entries where room_id = ? order by id limit ?)',
        roomId,
        entriesAtOnce,
      )
      if (!last?.id) return []
      run('delete from mentions where room_id = ? and message_id <= ?', roomId, last.id)
      run('delete from reactions where room_id = ? and message_id <= ?', roomId, last.id)
      run('delete from entries where room_id = ? and id <= ?', roomId, last.id)
      erased()
      return [{ type: 'erased', room: roomId }]
    },
  }
}
