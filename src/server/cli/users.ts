import { type Command, minuteOf, table } from './command.ts'

export const users: Command = async ({ store }) => {
  const everybody = await store.accounts.list('', Number.MAX_SAFE_INTEGER)
  return table(
    everybody.map(({ role, seenAt, user }) => [
      role,
      seenAt === undefined ? 'signed out' : minuteOf(seenAt),
      user.name,
    ]),
  )
}
