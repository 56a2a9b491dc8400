/** Checks, applies and records a moderation action, in one transaction or, when it is large, in several. */
import type { Effect } from '../contracts/effects.ts'
import { isInPieces, type ModerationResult, type NewModerationAction } from '../contracts/moderation.ts'
import { usedKey } from '../rules/access.ts'
import { all, noteErased, one, type Rule, run } from '../transaction.ts'
import { recordWithId } from './record.ts'
import { actions, recordedActions } from './registry.ts'
import { undo } from './undo.ts'

export function* moderate(action: NewModerationAction): Rule<ModerationResult> {
  const { viewer, key, request = '' } = action
  const known = yield* one<{ id: number; request: string }>(
    'select id, request from audit_log where actor_id = ? and key = ?',
    viewer.user.id,
    key,
  )
  if (known && known.request !== request) throw usedKey()
  if (known) return { action: known.id, isNew: false, effects: [] }
  const { action: id, effects } = yield* action.type === 'undo'
    ? undo.apply(action, action)
    : actions[action.type].apply(action, action)
  if (id !== undefined && isInPieces(action)) {
    yield* run(`insert into unfinished_actions (action_id, position) values (?, '')`, id)
  }
  return { action: id, isNew: id !== undefined || effects.length > 0, effects }
}

/** A finished action does not begin again, whatever was written since. @returns undefined when it is finished */
export function* continueAction(id: number, at: number): Rule<Effect[] | undefined> {
  const unfinished = yield* one<{ position: string }>('select position from unfinished_actions where action_id = ?', id)
  const record = yield* recordWithId(id)
  if (!unfinished || !record) return undefined
  const { proceed } = record.type === 'undo' ? undo : recordedActions[record.type]
  const progress = proceed && (yield* proceed(record, unfinished.position, at))
  if (progress) {
    yield* run('update unfinished_actions set position = ? where action_id = ?', progress.position, id)
    return progress.effects
  }
  yield* run('delete from unfinished_actions where action_id = ?', id)
  return undefined
}

/** Looked up for each removed message, few of which are saved. As a join PostgreSQL would read everything that was ever saved. */
const isSaved = `(
  select 1 from saved where saved.room_id = removed_messages.room_id and saved.message_id = removed_messages.message_id limit 1
) is not null`

/** Texts that an undo is restoring are kept until it has come to its end. */
export function* removeExpired(at: number, removedBefore: number): Rule<void> {
  const isOver = 'at < ? and action_id not in (select id from audit_log where undone_by is not null)'
  const saved = yield* all<{ roomId: number; messageId: number }>(
    `select room_id as "roomId", message_id as "messageId" from removed_messages where ${isOver} and ${isSaved}`,
    removedBefore,
  )
  for (const [roomId, messages] of Map.groupBy(saved, (message) => message.roomId)) {
    yield* run(
      'delete from saved where room_id = ? and message_id in (select cast(value as bigint) from {strings} as gone)',
      roomId,
      JSON.stringify(messages.map(({ messageId }) => String(messageId))),
    )
  }
  const removed = yield* run(`delete from removed_messages where ${isOver}`, removedBefore)
  if (removed) yield* noteErased()
  yield* run('delete from banned_ranges where until <= ?', at)
  yield* run('delete from links where expires_at <= ? or uses_left = 0', at)
}
