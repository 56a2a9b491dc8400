import { dayMs } from '../../shared/durations.ts'
import type { User } from '../../shared/protocol/types.ts'
import { normalizeName } from '../../shared/text.ts'
import { confusableSkeleton } from '../auth/confusables.ts'
import { hashOf, newToken } from '../auth/tokens.ts'
import { originFor } from '../config.ts'
import type { Store } from '../store/store.ts'
import { type Command, minuteOf } from './command.ts'

const linkMs = dayMs

export const reset: Command = async ({ store, config, words }) => {
  const user = await userCalled(store, normalizeName(words.join(' ')))
  const origin = originFor(config, config.port)
  if (!origin) throw new Error('Set PUBLIC_ORIGIN, or PORT to where the server listens: the link has to lead there.')
  const token = newToken(32)
  const at = Date.now()
  const expiresAt = at + linkMs
  await store.invitations.createPasswordLink({ userId: user.id, tokenHash: hashOf(token), at, expiresAt })
  return `${origin}/link/${token}\n${user.name} sets a new password with it, once, until ${minuteOf(expiresAt)}.\n`
}

/** The account with that name, or one that looks like it; else the guest of exactly that name, or the only one like it. */
async function userCalled(store: Store, name: string): Promise<User> {
  if (!name) throw new Error('Name the user: "npx teahouse reset <name>".')
  const users = await store.accounts.listLike(name, confusableSkeleton(name))
  const [first, ...others] = users
  const found = users.find(({ role }) => role !== 'guest') ?? users.find(({ user }) => user.name === name)
  if (found) return found.user
  if (!first) throw new Error(`There is no user called ${JSON.stringify(name)}.`)
  if (others.length)
    throw new Error(`Several names match: ${users.map(({ user }) => JSON.stringify(user.name)).join(', ')}`)
  return first.user
}
