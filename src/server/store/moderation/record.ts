/** The audit log: what was done, by whom, to whom, and what is needed to undo it. */
import { one, only, type Rule } from '../transaction.ts'
import type { ActionContext, AuditRow } from './action.ts'

export interface NewRecord {
  user?: number
  roomId?: number
  data?: Record<string, unknown>
  /** Whether an undo gives the user back what protects their name: see `verificationOf`. */
  givesBack?: boolean
}

/** @returns its id */
export function* record(
  { type, viewer, key, request = '', at }: ActionContext,
  { user, roomId, data = {}, givesBack = false }: NewRecord,
): Rule<number> {
  const { id } = yield* only<{ id: number }>(
    `insert into audit_log (type, at, actor_id, key, request, user_id, room_id, data, gives_back)
    values (?, ?, ?, ?, ?, ?, ?, ?, ?) returning id`,
    type,
    at,
    viewer.user.id,
    key,
    request,
    user ?? null,
    roomId ?? null,
    JSON.stringify(data),
    Number(givesBack),
  )
  return id
}

export function* recordWithId(id: number): Rule<AuditRow | undefined> {
  return yield* one<AuditRow>(
    `select audit_log.id, audit_log.type, actor_id as actor, user_id as "user", room_id as "roomId", address as room, data,
      undone_by as "undoneBy"
    from audit_log left join rooms on rooms.id = room_id where audit_log.id = ?`,
    id,
  )
}

export function* actionWithKey(actor: number, key: string): Rule<number | undefined> {
  return (yield* one<{ id: number }>('select id from audit_log where actor_id = ? and key = ?', actor, key))?.id
}
