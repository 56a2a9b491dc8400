import { ChatError } from '../../../../../shared/protocol/errors.ts'
import { lowerMember, moderatedRoom } from '../../../rules/access.ts'
import { one } from '../../../transaction.ts'
import type { ActionRule } from '../../action.ts'
import { writeEntryOf } from '../../entry.ts'
import { record } from '../../record.ts'

/** Removes another user's reaction, in an archived room too: an insult must not stay because the room is kept. */
export const unreact: ActionRule<'unreact'> = {
  *apply({ room, ref, user, data }, context) {
    const { roomId } = yield* moderatedRoom(room, context)
    yield* lowerMember(room, user, context)
    const isGiven = yield* one(
      'select 1 from reactions where room_id = ? and message_id = ? and data = ? and user_id = ?',
      roomId,
      ref,
      data,
      user,
    )
    if (!isGiven) throw new ChatError('no-such-message', 'There is no such reaction.')
    const entry = yield* writeEntryOf(room, user, context.at, { type: 'react', ref, data, on: false })
    const action = yield* record(context, { user, roomId, data: { message: ref, reaction: data } })
    return { action, effects: [entry] }
  },
}
