import { forbidden, requireAdmin } from '../../../rules/access.ts'
import { forgetFailures, removeOutgoingHook, skipToEnd } from '../../../rules/outgoing.ts'
import { one, only, type Rule, run } from '../../../transaction.ts'
import type { ActionRule } from '../../action.ts'
import { record } from '../../record.ts'

const maxWaiting = 10

/** Pauses, resumes or removes a webhook, replaces its secret, or sends something again; also for rooms that the admin cannot view. */
export const changeOutgoingHook: ActionRule<'change-outgoing-hook'> = {
  *apply({ id, change, secret, delivery }, context) {
    yield* requireAdmin(context)
    const hook = yield* one<{ bot: number; paused: string | null }>(
      'select user_id as bot, paused from outgoing_hooks where id = ?',
      id,
    )
    if (!hook) throw forbidden('There is no such webhook.')
    const isSame = (change === 'pause') === (hook.paused !== null)
    if ((change === 'pause' || change === 'resume') && isSame) return { action: undefined, effects: [] }
    yield* applyChange(id, change, { secret, delivery }, context.at)
    return {
      action: yield* record(context, { user: hook.bot, data: { hook: id, change } }),
      effects: [{ type: 'outgoing-hooks' }],
    }
  },
}

function* applyChange(
  id: number,
  change: Parameters<typeof changeOutgoingHook.apply>[0]['change'],
  { secret, delivery }: { secret: string | undefined; delivery: number | undefined },
  at: number,
): Rule<void> {
  switch (change) {
    case 'pause':
      yield* run(`update outgoing_hooks set paused = 'admin' where id = ?`, id)
      return
    case 'skip':
      yield* skipToEnd(id)
      return yield* resume(id)
    case 'resume':
      return yield* resume(id)
    case 'secret':
      if (secret === undefined) throw forbidden('There is no secret.')
      yield* run('update outgoing_hooks set secret = ? where id = ?', secret, id)
      return
    case 'resend':
      return yield* sendAgain(id, delivery, at)
    case 'remove':
      return yield* removeOutgoingHook(id)
    default:
      change satisfies never
  }
}

function* resume(id: number): Rule<void> {
  yield* run('update outgoing_hooks set paused = null where id = ?', id)
  yield* forgetFailures(id)
}

function* sendAgain(hook: number, delivery: number | undefined, at: number): Rule<void> {
  const { n } = yield* only<{ n: number }>(
    'select count(*) as n from deliveries where hook_id = ? and result is null',
    hook,
  )
  if (n >= maxWaiting) throw forbidden('Too many deliveries wait.')
  const added = yield* run(
    `insert into deliveries (hook_id, room_id, message_id, at)
    select hook_id, room_id, message_id, ? from deliveries where id = ? and hook_id = ?`,
    at,
    delivery ?? 0,
    hook,
  )
  if (!added) throw forbidden('There is no such delivery.')
}
