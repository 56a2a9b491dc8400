/** Address ranges that are banned, each by an action. */
import { all, type Rule, run } from '../transaction.ts'

/** As the audit log keeps a range that was lifted. */
export interface LiftedRange {
  range: string
  until: number
  action: number
}

export function* banAddresses({ range, until, action }: LiftedRange): Rule<void> {
  yield* run('insert into banned_ranges (range, until, action_id) values (?, ?, ?)', range, until, action)
}

export function* bansOf(range: string): Rule<LiftedRange[]> {
  const sql = 'select range, until, action_id as action from banned_ranges where range = ? order by id'
  return yield* all<LiftedRange>(sql, range)
}

/** Lifts the ranges that were banned with the user. */
export function* liftRangesOf(user: number): Rule<LiftedRange[]> {
  const lifted = yield* all<LiftedRange & { id: number }>(
    `delete from banned_ranges where action_id in (select id from audit_log where type = 'ban' and user_id = ?)
    returning id, range, until, action_id as action`,
    user,
  )
  return lifted.sort((a, b) => a.id - b.id).map(({ id: _, ...range }) => range)
}
