import { botSession } from '../../../../../shared/protocol/bots.ts'
import { ChatError } from '../../../../../shared/protocol/errors.ts'
import { lowerUser } from '../../../rules/access.ts'
import { userWithId } from '../../../rules/users.ts'
import { one, run } from '../../../transaction.ts'
import type { ActionRule } from '../../action.ts'
import { record } from '../../record.ts'

/** Replaces the token of a bot, or revokes it. Its connections end. */
export const botToken: ActionRule<'bot-token'> = {
  *apply({ user, tokenHash }, context) {
    yield* lowerUser(user, context)
    const bot = yield* one<{ isRevoked: number }>(
      'select case when token_hash is null then 1 else 0 end as "isRevoked" from bots where user_id = ?',
      user,
    )
    if (!bot) throw new ChatError('no-such-user', 'There is no such bot.')
    if (!tokenHash && bot.isRevoked) return { action: undefined, effects: [] }
    yield* run('update bots set token_hash = ? where user_id = ?', tokenHash ?? null, user)
    const action = yield* record(context, { user, data: { revoked: !tokenHash } })
    const ended = [{ user: yield* userWithId(user), session: botSession }]
    return { action, effects: [{ type: 'sessions-ended', ended }] }
  },
}
