/** Writes the server log, in the transaction of what it tells. */
import type { Effect } from './contracts/effects.ts'
import { isLoggedEffect, type ServerChange } from './contracts/server-log.ts'
import type { EndedSession } from './contracts/sessions.ts'
import { type Rule, run } from './transaction.ts'

type RuleOf<Args extends unknown[], Result> = (...args: Args) => Rule<Result>

/**
 * The rule, which logs what it has changed. It must be one that is carried out alone: the log has no gaps.
 * @param changesOf names the changes by the rule's result and by what it was given
 */
export function logged<Args extends unknown[], Result>(
  rule: RuleOf<Args, Result>,
  changesOf: (result: Result, ...args: Args) => ServerChange[],
): RuleOf<Args, Result> {
  return function* (...args) {
    const result = yield* rule(...args)
    for (const change of changesOf(result, ...args)) {
      yield* run(
        'insert into server_log (id, at, data) select coalesce(max(id), 0) + 1, ?, ? from server_log',
        Date.now(),
        JSON.stringify(change),
      )
    }
    return result
  }
}

/** Changes among an action's effects: effects that only tell somebody something are left out. */
export function changesIn(effects: readonly Effect[]): ServerChange[] {
  return effects.flatMap((effect): ServerChange[] => {
    if (effect.type === 'sessions-ended') return endedIn(effect)
    return isLoggedEffect(effect) ? [effect] : []
  })
}

/** @param isOver whether they expired, or were replaced */
export function endedIn({ ended }: { ended: readonly EndedSession[] }, isOver = false): ServerChange[] {
  return ended.map(({ user, session }) => ({
    type: 'session-ended',
    user: { id: user.id },
    session,
    ...(isOver && { isOver }),
  }))
}

/** The newest of the old ones stays: a node may stand there, and the next id follows it. */
export function* forgetChangesBefore(at: number): Rule<void> {
  yield* run('delete from server_log where at < ? and id < (select max(id) from server_log where at < ?)', at, at)
}
