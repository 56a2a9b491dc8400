/** A moderator deletes a message of another user: see `append`. Its text is kept for a while, so that this can be undone. */

import { usedKey } from '../../rules/access.ts'
import type { WrittenEntry } from '../../rules/entries.ts'
import { one, only, type Rule, run } from '../../transaction.ts'
import { type ActionRule, hasChanged } from '../action.ts'
import { actionWithKey } from '../record.ts'

/** @returns the id of the action */
export function* keepDeletedMessage(
  roomId: number,
  message: { userId: number; data: string },
  { userId, key, at, ref }: WrittenEntry,
): Rule<number> {
  if ((yield* actionWithKey(userId, key)) !== undefined) throw usedKey()
  const { id } = yield* only<{ id: number }>(
    `insert into audit_log (type, at, actor_id, key, user_id, room_id, data) values ('delete', ?, ?, ?, ?, ?, ?)
    returning id`,
    at,
    userId,
    key,
    message.userId,
    roomId,
    JSON.stringify({ message: ref }),
  )
  yield* keepText(id, { roomId, id: ref ?? 0, data: yield* currentText(roomId, ref ?? 0, message.data) }, at)
  return id
}

/** The text comes back part by part: see `undo`. */
export const restoreMessages: Required<Pick<ActionRule<never>, 'undo'>> = {
  *undo({ id }) {
    if (!(yield* hasRemoved(id))) throw hasChanged()
    return []
  },
}

/** Whether texts are kept that the action has deleted. */
export function* hasRemoved(action: number): Rule<boolean> {
  return (yield* one('select 1 from removed_messages where action_id = ? limit 1', action)) !== undefined
}

export function* keepText(
  action: number,
  message: { roomId: number; id: number; data: string },
  at: number,
): Rule<void> {
  yield* run(
    'insert into removed_messages (action_id, room_id, message_id, data, at) values (?, ?, ?, ?, ?)',
    action,
    message.roomId,
    message.id,
    message.data,
    at,
  )
}

function* currentText(roomId: number, id: number, first: string): Rule<string> {
  const edit = yield* one<{ data: string }>(
    `select data from entries {index:entries_edit}
    where room_id = ? and ref = ? and type = 'edit' and deleted = 0 order by id desc limit 1`,
    roomId,
    id,
  )
  return edit?.data ?? first
}
