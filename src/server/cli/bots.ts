import { parseArgs } from 'node:util'
import { faultInNewName, newNameOf } from '../../shared/new-name.ts'
import { limits } from '../../shared/protocol/limits.ts'
import { normalizeName } from '../../shared/text.ts'
import { confusableSkeleton } from '../auth/confusables.ts'
import { hashOf, newToken } from '../auth/tokens.ts'
import type { Store } from '../store/store.ts'
import { type Command, table } from './command.ts'

const usage = 'Name the bot: "npx teahouse bots add <name> [--room <room>]… [--read]".'

/** Lists the bots, or adds one. The token is printed last, so that a script can take it. */
export const bots: Command = async ({ store, words: [verb, ...words] }) => {
  if (verb === undefined) return await listOf(store)
  if (verb !== 'add') throw new Error(usage)
  const { rooms, read, ...typed } = asked(words)
  const name = botName(typed.name)
  const token = newToken(32)
  const addresses = await Promise.all(rooms.map((room) => addressOf(store, room)))
  const access = { canWrite: !read, canViewPublic: rooms.length === 0 }
  const { user } = await store.bots.add({
    name,
    tokenHash: hashOf(token),
    ...access,
    rooms: addresses,
    at: Date.now(),
  })
  const where = access.canViewPublic ? 'all public rooms' : rooms.join(', ')
  return `The bot ${user.name} can ${read ? 'read' : 'read and write'} in ${where}. Its token, which is not shown again:\n${token}\n`
}

async function listOf(store: Store): Promise<string> {
  const all = await store.bots.list()
  return table(
    all.map(({ user, isRevoked, canWrite, canViewPublic }) => [
      isRevoked ? 'no token' : canWrite ? 'write' : 'read',
      canViewPublic ? 'public rooms' : 'its rooms',
      user.name,
    ]),
  )
}

function asked(words: string[]): { name: string; rooms: string[]; read: boolean } {
  const options = { room: { type: 'string', multiple: true }, read: { type: 'boolean' } } as const
  try {
    const { values, positionals } = parseArgs({ args: words, options, allowPositionals: true })
    return { name: positionals.join(' '), rooms: values.room ?? [], read: values.read ?? false }
  } catch {
    // Its message tells of Node's rules for arguments.
    throw new Error(usage)
  }
}

/** @throws Error when nobody can be called so */
export function botName(typed: string): string {
  const name = newNameOf(typed)
  if (!name) throw new Error(usage)
  if (faultInNewName(name, limits.maxNameCharacters) || !confusableSkeleton(name)) {
    throw new Error(`${JSON.stringify(name)} cannot be a name: 1 to ${limits.maxNameCharacters} visible characters.`)
  }
  return name
}

/** @param room its address or its name */
export async function addressOf(store: Store, room: string): Promise<string> {
  const called = await store.rooms.listCalled(normalizeName(room))
  const [address] = called
  if (address === undefined) throw new Error(`There is no room called ${JSON.stringify(room)}.`)
  if (called.length > 1) throw new Error(`Several rooms are called ${JSON.stringify(room)}: ${called.join(', ')}`)
  return address
}
