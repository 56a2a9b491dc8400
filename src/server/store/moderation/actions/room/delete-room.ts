import { lobby } from '../../../../../shared/protocol/limits.ts'
import { forbidden, requireAdmin, viewableRoom } from '../../../rules/access.ts'
import { removeRoomFromIndex } from '../../../search/index.ts'
import { markTextsOfRoom } from '../../../search/texts.ts'
import { all, noteErased, run } from '../../../transaction.ts'
import { type ActionRule, firstPart } from '../../action.ts'
import { record } from '../../record.ts'

const entriesAtOnce = 100

/** Deletes a room: at once for everybody, and then its entries part by part, so that others' writes do not wait. */
export const deleteRoom: ActionRule<'delete-room'> = {
  /** Its address and its name are free from now on. The next room that has them is another log. */
  *apply({ room }, context) {
    const { roomId, mine } = yield* viewableRoom(room, context)
    yield* requireAdmin(context)
    if (room === lobby) throw forbidden('The lobby cannot be deleted.')
    if (mine.kind === 'direct') throw forbidden('A conversation belongs to the people in it.')
    const members = yield* all<{ id: number }>(
      'select user_id as id from memberships where room_id = ? order by user_id',
      roomId,
    )
    for (const table of [
      'memberships',
      'links',
      'hooks',
      'outgoing_cursors',
      'deliveries',
      'notices',
      'push_retries',
      'removed_messages',
      'search_backlog',
    ]) {
      yield* run(`delete from ${table} where room_id = ?`, roomId)
    }
    // Private and without members, so that nobody can view it, and it takes no name of a public room. The row stays for the audit log.
    yield* run(
      `update rooms set address = '~' || id || ' ' || name, topic = '', deleted_kind = kind, kind = 'private', archived = 1,
        picture = null, picture_bytes = null
      where id = ?`,
      roomId,
    )
    yield* noteErased()
    const users = members.map(({ id }) => id)
    const action = yield* record(context, { roomId, data: { name: mine.name } })
    return { action, effects: [{ type: 'room-deleted', room, isPublic: mine.kind === 'public', users }] }
  },

  *proceed({ roomId }, position) {
    const oldest = yield* all<{ id: number; data: string }>(
      `select id, data from entries where room_id = ? order by id limit ${entriesAtOnce}`,
      roomId,
    )
    const { id: last } = firstPart(oldest).at(-1) ?? {}
    if (last === undefined || roomId === null) return undefined
    yield* removeRoomFromIndex(roomId, last)
    yield* markTextsOfRoom(roomId, last)
    yield* run('delete from mentions where room_id = ? and message_id <= ?', roomId, last)
    yield* run('delete from addressed where room_id = ? and message_id <= ?', roomId, last)
    yield* run('delete from saved where room_id = ? and message_id <= ?', roomId, last)
    yield* run('delete from reactions where room_id = ? and message_id <= ?', roomId, last)
    yield* run('delete from pins where room_id = ? and message_id <= ?', roomId, last)
    yield* run('delete from entries where room_id = ? and id <= ?', roomId, last)
    yield* noteErased()
    return { position, effects: [{ type: 'erased', room: roomId }] }
  },
}
