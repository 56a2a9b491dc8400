import { requireAdmin, viewableRoom } from '../../../rules/access.ts'
import { createBot } from '../../../rules/bots.ts'
import type { ActionRule } from '../../action.ts'
import { record } from '../../record.ts'

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
