import { hashOf, newToken } from '../auth/tokens.ts'
import { originFor } from '../config.ts'
import { addressOf, botName } from './bots.ts'
import { type Command, table } from './command.ts'

/** Lists the webhooks, or adds one. Its address is printed last, so that a script can take it. */
export const hooks: Command = async ({ store, config, words: [verb, room = '', ...words] }) => {
  if (verb === undefined) {
    const all = await store.bots.listHooks()
    return table(all.map((hook) => [String(hook.id), hook.room, hook.user.name]))
  }
  if (verb !== 'add' || !room || !words.length)
    throw new Error('Name the room and the bot: "npx teahouse hooks add <room> <name>".')
  const origin = originFor(config, config.port)
  if (!origin) throw new Error('Set PUBLIC_ORIGIN, or PORT to where the server listens: the address begins with it.')
  const token = newToken(32)
  const hook = { name: botName(words.join(' ')), tokenHash: hashOf(token), room: await addressOf(store, room) }
  const { user } = await store.bots.addHook({ ...hook, at: Date.now() })
  return `What is sent to this address is written by ${user.name} in ${room}. It is not shown again:\n${origin}/hooks/${token}\n`
}
