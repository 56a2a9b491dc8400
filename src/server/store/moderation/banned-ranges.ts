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
  return yield* all<LiftedRange>('select range, until, action_id as action from banned_ranges where range = ?', range)
}

/** Lifts the ranges that were banned with the user. */
export function* liftRangesOf(user: number): Rule<LiftedRange[]> {
  return yield* all<LiftedRange>(
    `delete from banned_ranges where action_id in (select id from audit_log where type = 'ban' and user_id = ?)
    returning range, until, action_id as action`,
    user,
  )
}
