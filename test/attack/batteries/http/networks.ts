/** A client with a /64 network, as each customer of a provider has, uses another of its addresses for each request. */

import { ownerNamed, password } from '../../../support/clients/visitor.ts'
import { mapConcurrently } from '../../../support/run/map-concurrently.ts'
import { startServer } from '../../../support/server/server.ts'
import { type Battery, premise, Tally } from '../../battery.ts'
import { requestOf, sendRaw } from '../../http/raw.ts'
import { RawConnection, upgradeRequest } from '../../socket/raw-connection.ts'

const tries = { smallest: 300, short: 600, long: 3_000 }
const sockets = 1_000
/** How much of a limit is refilled within a minute of a slow machine. */
const signInsPerSecond = 10
const signInBurst = 200
const passwordsAtMost = 60

export default {
  what: 'Sign-ins, passwords and sockets from hundreds of addresses of one IPv6 network: they are limited together, and other networks are served.',
  atLeast: { smallest: 600, short: 1_500, long: 5_000 },

  async run(size, t) {
    const tally = new Tally()
    const server = await startServer(t, { TRUST_PROXY: '127.0.0.1' })
    await ownerNamed(server, 'Owen')
    const began = performance.now()
    const post = async (address: string, fields: Record<string, string>) => {
      const headers = { 'X-Forwarded-For': address, 'Content-Type': 'application/x-www-form-urlencoded' }
      return (await sendRaw(server.port, requestOf('POST', '/signin', headers, String(new URLSearchParams(fields)))))
        .status
    }
    const addresses = (network: string) => Array.from({ length: tries[size] }, (_, i) => spelled(network, i))

    let guesses = 0
    await mapConcurrently(addresses('7'), 16, async (address) => {
      const status = await post(address, { name: 'Owen', password: `${password} ${address}` })
      if (status !== 429) guesses++
    })
    tally.tried += tries[size]
    if (guesses > passwordsAtMost) tally.failed.push(`${guesses} passwords were tried from one network.`)

    let signIns = 0
    await mapConcurrently(addresses('9'), 16, async (address) => {
      if ((await post(address, { name: `Guest ${address}`.slice(0, 32) })) === 303) signIns++
    })
    tally.tried += tries[size]
    const seconds = (performance.now() - began) / 1_000
    const maxSignIns = signInBurst + signInsPerSecond * seconds
    premise(signIns > 0, 'nobody could sign in')
    if (signIns > maxSignIns) tally.failed.push(`${signIns} signed in from one network in ${seconds} s.`)
    tally.count((await post('2001:db8:0:8::1', { name: 'Ordinary user' })) === 303, 'The network beside it is refused.')

    const open: RawConnection[] = []
    for (let i = 0; i < sockets + 200; i += 100) {
      const more = Array.from({ length: 100 }, (_, k) => upgradeFrom(server.port, spelled('7', i + k)))
      open.push(...(await Promise.all(more)))
    }
    const taken = open.filter(({ status }) => status === 101).length
    tally.tried += open.length
    if (taken !== sockets) tally.failed.push(`${taken} sockets are open from one network.`)
    tally.count(
      (await upgradeFrom(server.port, '2001:db8:0:8::1')).status === 101,
      'A socket of another network is refused.',
    )
    for (const raw of open) raw.reset()
    return tally
  },
} satisfies Battery

/** Addresses of one /64, in the forms that there are. */
function spelled(network: string, number: number): string {
  const last = number.toString(16)
  const forms = [
    `2001:db8:0:${network}::${last}`,
    `2001:0DB8:0000:000${network}:0:0:0:${last}`,
    `2001:db8::${network}:1:2:3:${last}`,
  ]
  return forms[number % forms.length] as string
}

async function upgradeFrom(port: number, address: string): Promise<RawConnection> {
  const raw = new RawConnection(port)
  await raw.push(Buffer.from(upgradeRequest().replace('\r\n', `\r\nX-Forwarded-For: ${address}\r\n`)))
  await raw.answered()
  return raw
}
