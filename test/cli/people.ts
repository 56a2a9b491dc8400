import { memberNamed, ownerNamed, visitorNamed } from '../support/clients/visitor.ts'
import type { Cleanup } from '../support/server/server.ts'
import type { Cli } from './cli.ts'

/** A server with its owner Li, the member Anna and a guest. */
export async function serverWithPeople(cli: Cli, t: Cleanup) {
  const server = await cli.start(t, { RATE_LIMITS: 'off', MIN_FREE_BYTES: '0' })
  const people = { li: await ownerNamed(server, 'Li'), anna: await memberNamed(server, 'Anna') }
  await visitorNamed(server, '王小明')
  return { server, ...people }
}
