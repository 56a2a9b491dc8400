import { type Rule, run } from '../transaction.ts'

/** All that was chosen and noted about notifications under a name that somebody else has from now on. */
export function* forgetNotificationsOf(userId: number): Rule<void> {
  for (const table of ['notification_settings', 'keywords', 'push_subscriptions', 'notices'])
    yield* run(`delete from ${table} where user_id = ?`, userId)
}
