/** When users were here last, whichever session or connection they used. */
import { type Rule, run } from '../transaction.ts'

/** @param at milliseconds since 1970 */
export function* noteSeen(userIds: readonly number[], at: number): Rule<void> {
  for (const id of userIds)
    yield* run('update users set last_seen_at = {greatest}(last_seen_at, ?) where id = ?', at, id)
}

/** Corrects what a wrong clock has dated. @param at milliseconds since 1970: nobody was seen later */
export function* correctSeen(at: number): Rule<void> {
  yield* run('update users set last_seen_at = ? where last_seen_at > ?', at, at)
}

export function* hideSeen(userId: number, isHidden: boolean): Rule<void> {
  yield* run('update users set hides_seen = ? where id = ?', Number(isHidden), userId)
}
