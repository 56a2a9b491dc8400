/** Actions of admins on bots and webhooks. */
import { botSession } from '../../../shared/protocol/bots.ts'
import { ChatError } from '../../../shared/protocol/errors.ts'
import { forbidden, lowerUser, requireAdmin, viewableRoom } from '../rules/access.ts'
import { createBot, createHook } from '../rules/bots.ts'
import { userWithId } from '../rules/users.ts'
import { one, type Rule, run } from '../transaction.ts'
import type { ActionRule } from './action.ts'
import { record } from './record.ts'

/** Creates a bot, and adds it to rooms that the admin can view. */
export const addBot: ActionRule<'add-bot'> = {
  *apply({ bot }, context) {
    yield* requireAdmin(context)
    for (const room of bot.rooms) yield* viewableRoom(room, context)
    const { user, ended } = yield* createBot(bot, context.at)
    const data = { canWrite: bot.canWrite, canViewPublic: bot.canViewPublic }
    const action = yield* record(context, { user: user.id, data })
    return { action, effects: [{ type: 'sessions-ended', ended }] }
  },
}

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

/** Creates a webhook for a room that the admin can view. */
export const addHook: ActionRule<'add-hook'> = {
  *apply({ hook }, context) {
    yield* requireAdmin(context)
    yield* viewableRoom(hook.room, context)
    const { user, ended, roomId, id } = yield* createHook(hook, context.at)
    const action = yield* record(context, { user: user.id, roomId, data: { hook: id } })
    return { action, effects: [{ type: 'sessions-ended', ended }] }
  },
}

/** Revokes a webhook; also one for a room that the admin cannot view, since it is theirs to say what may write here. */
export const revokeHook: ActionRule<'revoke-hook'> = {
  *apply({ id }, context) {
    yield* requireAdmin(context)
    const hook = yield* takeHook(id)
    if (!hook) throw forbidden('There is no such webhook.')
    const { user, roomId } = hook
    return { action: yield* record(context, { user, roomId, data: { hook: id } }), effects: [] }
  },
}

function* takeHook(id: number): Rule<{ user: number; roomId: number } | undefined> {
  return yield* one<{ user: number; roomId: number }>(
    'delete from hooks where id = ? returning user_id as "user", room_id as "roomId"',
    id,
  )
}
