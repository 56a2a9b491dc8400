import type { Effect } from '../../../contracts/effects.ts'
import { lowerUser } from '../../../rules/access.ts'
import { clearStatus } from '../../../rules/status.ts'
import { all, type Rule } from '../../../transaction.ts'
import { type ActionRule, partSize } from '../../action.ts'
import { writeEntryOf } from '../../entry.ts'
import { record } from '../../record.ts'
import { removeMessages } from '../../remove-messages.ts'
import { deleteMessage } from '../room/delete-message.ts'

/** Removes everything that a user wrote: their status, messages, then reactions, part by part. */
export const purge: ActionRule<'purge'> = {
  *apply({ user }, context) {
    yield* lowerUser(user, context)
    const action = yield* record(context, { user })
    return { action, effects: yield* clearStatus(user, context.at) }
  },

  *proceed(record, position, at) {
    const removed = yield* removeMessages(record, position, at)
    if (removed) return removed
    const effects = yield* takeReactions(record.user, at)
    return effects.length ? { position, effects } : undefined
  },

  undo: deleteMessage.undo,
}

/** They are not kept: a message that comes back has no reactions either. */
function* takeReactions(user: number | null, at: number): Rule<Effect[]> {
  const given = yield* all<{ room: string; ref: number; data: string }>(
    `select address as room, message_id as ref, data from reactions {index:reactions_user}
    join rooms on rooms.id = room_id where user_id = ? and deleted_kind is null
    order by room_id, message_id, data limit ${partSize}`,
    user,
  )
  const effects: Effect[] = []
  for (const { room, ...reaction } of given) {
    effects.push(yield* writeEntryOf(room, user ?? 0, at, { type: 'react', ...reaction, on: false }))
  }
  return effects
}
