import { hashOf, newToken } from '../../../src/server/auth/tokens.ts'
import { openBeside } from '../../../src/server/store/sqlite/open-beside.ts'
import type { NewBot } from '../../../src/server/store/store.ts'
import type { User } from '../../../src/shared/protocol/types.ts'
import type { TestServer } from '../server/server.ts'

export interface TestBot {
  user: User
  token: string
  /** The header of a request. */
  bearer: { authorization: string }
}

/** Makes a bot, as the operator does at the command line beside the server. */
export async function botNamed({ dataDir }: TestServer, name: string, more: Partial<NewBot> = {}): Promise<TestBot> {
  const token = newToken(32)
  const store = openBeside(dataDir)
  try {
    const bot = { name, tokenHash: hashOf(token), canWrite: true, canViewPublic: true, rooms: [], ...more }
    const { user } = await store.bots.add({ ...bot, at: Date.now() })
    return { user, token, bearer: { authorization: `Bearer ${token}` } }
  } finally {
    await store.close()
  }
}

/** Makes a webhook, as the operator does at the command line. @returns its address */
export async function hookOf({ url, dataDir }: TestServer, name = 'Alerts', room = 'lobby'): Promise<string> {
  const token = newToken(32)
  const store = openBeside(dataDir)
  try {
    await store.bots.addHook({ name, room, tokenHash: hashOf(token), at: Date.now() })
    return `${url}/hooks/${token}`
  } finally {
    await store.close()
  }
}
