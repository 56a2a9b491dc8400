import type { Effect } from '../../../contracts/effects.ts'
import { usedKey } from '../../../rules/access.ts'
import type { WrittenEntry } from '../../../rules/entries.ts'
import { filesOfMessage } from '../../../rules/files/files.ts'
import { one, only, type Rule, run } from '../../../transaction.ts'
import { type AuditRow, hasChanged } from '../../action.ts'
import { actionWithKey } from '../../record.ts'

/** A moderator deletes a message of another user: see `append`. Its text is kept for a while, so that this can be undone. */
export const deleteMessage = {
  /** @returns the id of the action */
  *apply(
    roomId: number,
    message: { userId: number; data: string; files: string | null },
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
    const data = yield* currentText(roomId, ref ?? 0, message.data)
    yield* keepText(id, { roomId, id: ref ?? 0, data, files: message.files }, at)
    return id
  },

  /** The text comes back part by part: see `undo`. */
  *undo({ id }: AuditRow): Rule<Effect[]> {
    if (!(yield* hasRemoved(id))) throw hasChanged()
    return []
  },
}

/** Whether texts are kept that the action has deleted. */
export function* hasRemoved(action: number): Rule<boolean> {
  return (
    (yield* one('select 1 from removed_messages where action_id = ? order by room_id, message_id limit 1', action)) !==
    undefined
  )
}

/** @param message `files`: null when it was sent without */
export function* keepText(
  action: number,
  message: { roomId: number; id: number; data: string; files: string | null },
  at: number,
): Rule<void> {
  const files = message.files === null ? [] : yield* filesOfMessage(message.roomId, message.id)
  yield* run(
    'insert into removed_messages (action_id, room_id, message_id, data, at, files) values (?, ?, ?, ?, ?, ?)',
    action,
    message.roomId,
    message.id,
    message.data,
    at,
    files.length ? JSON.stringify(files) : null,
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
