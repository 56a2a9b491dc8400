import type { Effect } from '../../../contracts/effects.ts'
import { type Acting, lowerUser } from '../../../rules/access.ts'
import { clearStatus } from '../../../rules/status.ts'
import { type Rule, run } from '../../../transaction.ts'
import { type ActionContext, type Applied, type AuditRow, hasChanged } from '../../action.ts'
import { banNotice } from '../../ban-notice.ts'
import { banAddresses, type LiftedRange, liftRangesOf } from '../../banned-ranges.ts'
import { record } from '../../record.ts'
import { hasRemoved } from '../room/delete-message.ts'

/** What the audit log has of it. */
export interface ServerBan {
  until: number
  before: number | null
  /** Ranges that were lifted with the ban. */
  lifted?: LiftedRange[]
  /** From when on their messages were deleted with the ban; milliseconds since 1970. */
  removedSince?: number
}

export function* banFromServer(
  {
    user,
    until,
    ranges,
    removeSince,
  }: { user: number; until: number; ranges: readonly string[]; removeSince?: number | undefined },
  context: ActionContext,
): Rule<Applied> {
  const { bannedUntil: before } = yield* lowerUser(user, context)
  yield* run('update users set banned_until = ? where id = ?', until, user)
  if (until <= context.at) {
    const lifted = yield* liftRangesOf(user)
    const action = yield* record(context, { user, data: { until, before, lifted, removedSince: removeSince } })
    return { action, effects: [{ type: 'ranges' }] }
  }
  const data = { until, before, ...(ranges.length && { ranges: [...ranges] }), removedSince: removeSince }
  const action = yield* record(context, { user, data })
  for (const range of ranges) yield* banAddresses({ range, until, action })
  yield* run('delete from sessions where user_id = ?', user)
  const effects: Effect[] = [
    ...(yield* clearStatus(user, context.at)),
    yield* banNotice({ user, until }, context),
    { type: 'banned', user, until },
  ]
  return { action, effects: ranges.length ? [...effects, { type: 'ranges' }] : effects }
}

/** Undoing the lifting of a ban puts the ban into force again, also for users who signed in meanwhile. */
export function* unbanFromServer({ id, user }: AuditRow, data: ServerBan, context: Acting): Rule<Effect[]> {
  const { until, before, lifted = [] } = data
  if (user === null) throw hasChanged()
  yield* lowerUser(user, context)
  const isBack = yield* run('update users set banned_until = ? where id = ? and banned_until = ?', before, user, until)
  // The ban was changed since. What was deleted with it can come back nevertheless.
  if (!isBack && (yield* hasRemoved(id))) return []
  if (!isBack) throw hasChanged()
  yield* run('delete from banned_ranges where action_id = ?', id)
  for (const range of lifted) yield* banAddresses(range)
  if ((before ?? 0) <= context.at) return [{ type: 'ranges' }]
  yield* run('delete from sessions where user_id = ?', user)
  return [{ type: 'banned', user, until: before ?? 0 }, { type: 'ranges' }]
}
