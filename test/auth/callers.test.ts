import { expect, it } from 'vitest'
import { Callers } from '../../src/server/auth/callers.ts'
import type { Bot } from '../../src/server/store/store.ts'

const token = 'a'.repeat(43)
const bot: Bot = {
  user: { id: 7, name: 'Bell', image: 0, bot: true },
  role: 'member',
  canWrite: true,
  canViewPublic: true,
}

it('a bot that is revoked while it is looked up is not found, as it has no connection yet that could be closed', async () => {
  const sessions = { forgotten: 0, find: async () => undefined }
  const answers = [bot, undefined]
  const find = async () => {
    const answer = answers.shift()
    if (answer) sessions.forgotten++
    return answer
  }
  expect(await new Callers(sessions, { find }).findByToken(token)).toBeUndefined()
  expect(answers).toEqual([])
})

it('a bot is looked up once when nobody was revoked meanwhile', async () => {
  const sessions = { forgotten: 3, find: async () => undefined }
  const answers = [bot]
  const callers = new Callers(sessions, { find: async () => answers.shift() })
  expect(await callers.findByToken(token)).toMatchObject({ user: bot.user, role: 'member' })
})
