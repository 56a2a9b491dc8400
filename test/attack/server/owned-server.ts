/** A server with data, and sessions of its owner, who may do everything. */

import { ownerNamed, password, visitorNamed } from '../../support/clients/visitor.ts'
import { type Cleanup, startServer, type TestServer } from '../../support/server/server.ts'
import { premise } from '../battery.ts'

export interface PopulatedServer {
  server: TestServer
  /** Values of route parameters that name existing data. User, session and message 1 always exist. */
  values: Record<string, string>
  /** @returns the cookie of a new session of the owner */
  signIn(): Promise<string>
}

const name = 'Mallory'

export async function populate(t: Cleanup, settings: Record<string, string> = {}): Promise<PopulatedServer> {
  const server = await startServer(t, { RATE_LIMITS: 'off', MCP: 'on', ...settings })
  // User 1, the target of moderation.
  await server.signIn('Target')
  const owner = await ownerNamed(server, name)
  await owner.post('/rooms/lobby/messages', { data: 'The kettle is on.', key: crypto.randomUUID() })
  const { body } = await owner.post('/admin/people/1/link')
  const [, token = ''] = /\/link\/([\w-]+)/.exec(body) ?? []
  premise(token !== '', 'nobody can be given a link')
  return { server, values: { token }, signIn: async () => (await visitorNamed(server, name, { password })).cookie }
}
