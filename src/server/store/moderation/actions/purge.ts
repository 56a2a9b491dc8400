import type { Effect } from '../../contracts/effects.ts'
import { lowerUser } from '../../rules/access.ts'
import { all, type Rule } from '../../transaction.ts'
import { type ActionRule, type AuditRow, type Progress, partSize } from '../action.ts'
import { writeEntryOf } from '../entry.ts'
import { record } from '../record.ts'
import { keepText, restoreMessages } from './delete-message.ts'

/** No room has this number. */
const allRooms = 0

/** Removes everything that a user wrote: messages, then reactions, part by part. */
export const purge: ActionRule<'purge'> = {
  *apply({ user }, context) {
    yield* lowerUser(user, context)
    return { action: yield* record(context, { user }), effects: [] }
  },

  *proceed(record, position, at) {
    const removed = yield* removeMessages(record, position, at)
    return removed.effects.length ? removed : { ...removed, effects: yield* takeReactions(record.user, at) }
  },

  undo: restoreMessages.undo,
}

/**
 * Deletes the next messages of the user, of one room or of all of them, and keeps their texts for an undo. In the order of the
 * messages' keys, which is that of an index, so that none is looked at again for each part. Deleted rooms are being erased:
 * nothing of them is kept.
 */
export function* removeMessages(
  { id: action, actor, user }: AuditRow,
  position: string,
  at: number,
  { room = allRooms, since = 0 }: { room?: number | undefined; since?: number } = {},
): Rule<Progress> {
  const messages = yield* all<{ roomId: number; room: string; id: number; key: string; data: string }>(
    `select room_id as "roomId", address as room, entries.id, key, coalesce((
        select edits.data from entries as edits {index:entries_edit}
        where edits.room_id = entries.room_id and edits.ref = entries.id
        and edits.type = 'edit' and edits.deleted = 0 order by edits.id desc limit 1), entries.data) as data
    from entries {index:entries_key} join rooms on rooms.id = room_id
    where user_id = ? and key > ? and type = 'chat' and deleted = 0 and deleted_kind is null
    and entries.at >= ? and room_id = case when ? = ${allRooms} then room_id else ? end
    order by key limit ${partSize}`,
    user,
    position,
    since,
    room,
    room,
  )
  const effects: Effect[] = []
  for (const message of messages) {
    yield* keepText(action, message, at)
    effects.push(yield* writeEntryOf(message.room, actor ?? 0, at, { type: 'delete', ref: message.id }))
  }
  return { position: messages.at(-1)?.key ?? position, effects }
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
