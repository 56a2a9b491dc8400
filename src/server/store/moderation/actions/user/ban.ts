/** Bans a user from a room, or from the server; a time that is over lifts the ban. */
import type { ActionRule } from '../../action.ts'
import { removeMessages, removeMessagesIn } from '../../remove-messages.ts'
import { banFromRoom, type RoomBan, unbanFromRoom } from './ban-from-room.ts'
import { banFromServer, type ServerBan, unbanFromServer } from './ban-from-server.ts'

export const ban: ActionRule<'ban', RoomBan | ServerBan> = {
  *apply(action, context) {
    const { room } = action
    return yield* room === undefined ? banFromServer(action, context) : banFromRoom({ ...action, room }, context)
  },

  /** Removes what the user has written in the room, or everywhere. */
  *proceed(record, position, at) {
    const { removedSince }: RoomBan | ServerBan = JSON.parse(record.data)
    if (removedSince === undefined) return undefined
    return yield* record.roomId === null
      ? removeMessages(record, position, at, removedSince)
      : removeMessagesIn(record.roomId, record, position, at, removedSince)
  },

  *undo(record, data, context) {
    return yield* record.roomId === null
      ? unbanFromServer(record, data as ServerBan, context)
      : unbanFromRoom(record, data as RoomBan, context)
  },
}
