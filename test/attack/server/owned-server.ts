/** A server with something to lose, and its owner, who may do everything there. */
import { type Cleanup, startServer, type TestServer } from '../../support/server.ts'
import { ownerNamed, password, visitorNamed } from '../../support/visitor.ts'
import { premise } from '../battery.ts'

export interface PopulatedServer {
  server: TestServer
  /** Where the parameter of a route must name something that is there: user, session and message 1 are there anyway. */
  values: Record<string, string>
  /** @returns the cookie of a new session of the owner */
  signIn(): Promise<string>
}

const name = 'Mallory'

export async function populate(t: Cleanup, settings: Record<string, string> = {}): Promise<PopulatedServer> {
  const server = await startServer(t, { RATE_LIMITS: 'off', ...settings })
  // User 1, to whom something can be done.
  await server.signIn('Somebody')
  const owner = await ownerNamed(server, name)
  await owner.post('/rooms/lobby/messages', { data: 'The kettle is on.', key: crypto.randomUUID() })
  const { body } = await owner.post('/admin/people/1/link')
  const [, token = ''] = /\/link\/([\w-]+)/.exec(body) ?? []
  premise(token !== '', 'nobody can be given a link')
  return { server, values: { token }, signIn: async () => (await visitorNamed(server, name, { password })).cookie }
}
