/** An attacker takes all sockets of a network, with and without names, to lock out others of it. */

import { memberNamed } from '../../../support/clients/visitor.ts'
import { mapConcurrently } from '../../../support/run/map-concurrently.ts'
import { startServer } from '../../../support/server/server.ts'
import { type Battery, premise, Tally } from '../../battery.ts'

const places = { smallest: 60, short: 300, long: 1_000 }
const ofUser = 20

export default {
  what: 'All sockets of the server, held without a name and then with many names: guests can still connect in the first case, accounts in both.',
  atLeast: { smallest: 120, short: 600, long: 2_000 },

  async run(size, t) {
    const tally = new Tally()
    const server = await startServer(t, { MAX_CONNECTIONS: String(places[size]) })
    const guest = await server.signIn('Guest')
    const member = await memberNamed(server, 'Member')
    const canConnect = async (connect: () => Promise<{ close(): Promise<void> }>) => {
      try {
        await (await connect()).close()
        return true
      } catch {
        return false
      }
    }
    const asMember = () => member.connect()
    const echoes = await mapConcurrently(Array.from({ length: places[size] }), 50, () => server.connect('/ws/echo'))
    tally.tried += echoes.length
    premise(!(await canConnect(() => server.connect('/ws/echo'))), 'there are places left')
    tally.count(await canConnect(() => guest.connect()), 'A guest cannot connect beside sockets without a session.')
    const names = Array.from({ length: places[size] / ofUser }, (_, i) => `Many ${i}`)
    const people = await mapConcurrently(names, 10, (name) => server.signIn(name))
    await mapConcurrently(Array(ofUser).fill(people).flat() as typeof people, 20, (person) => person.connect())
    tally.tried += places[size]
    tally.count(
      await canConnect(() => guest.connect()),
      `A guest cannot connect beside ${ofUser} sockets of each name.`,
    )
    tally.count(await canConnect(asMember), 'An account cannot connect beside guests.')
    return tally
  },
} satisfies Battery
