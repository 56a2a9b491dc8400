/** A client opens connections from one address and holds them, idle or slow, to lock others out. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { connectionLimits } from '../../../../src/server/rate-limit/http-connections.ts'
import { ServerProcess } from '../../../proof/server.ts'
import { mapConcurrently } from '../../../support/run/map-concurrently.ts'
import { patienceMs } from '../../../support/run/timeouts.ts'
import type { Cleanup } from '../../../support/server/server.ts'
import { type Battery, premise, Tally } from '../../battery.ts'
import { PageReader } from '../../http/page-reader.ts'

const idle = 'GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n'
const slow = 'GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX: '
const { total, network } = connectionLimits(true)
/** Half of them beyond what there is in all, by two who hold as many as they may. */
const held = {
  smallest: { addresses: 1, each: 1_500 },
  short: { addresses: 1, each: 2_500 },
  long: { addresses: 2, each: network + 500 },
}
/** Nothing is shut out by fewer, so in the short form the limits are those of a small server. */
const environment = { RATE_LIMITS: 'on', MAX_CONNECTIONS: '50' }

export default {
  what: 'Thousands of open connections of one address, idle after an answer or within a request head: other addresses are served, and so is that one.',
  atLeast: { smallest: 3000, short: 5_000, long: 20_000 },

  async run(size, t) {
    const tally = new Tally()
    for (const [name, begins] of Object.entries({ idle, slow })) {
      const server = await ServerProcess.start({ environment })
      t.onTestFinished(() => server[Symbol.asyncDispose]())
      const reader = new PageReader(server.port)
      const { addresses, each } = held[size]
      for (let address = 0; address < addresses; address++) {
        const localAddress = `127.0.0.${address + 2}`
        const sockets = await mapConcurrently(Array.from({ length: each }), 100, () =>
          hold(t, server.port, localAddress, begins),
        )
        tally.tried += each
        const count = () => sockets.filter(({ destroyed }) => !destroyed).length
        premise(count() > 0, 'none is open')
        // What the server closes is seen here a little later.
        for (const end = performance.now() + patienceMs; count() > network && performance.now() < end; )
          await setTimeout(20)
        if (count() > network) tally.failed.push(`${count()} ${name} connections of one address are open.`)
        // A client that floods is served as well: it pays with its own idle connections.
        const own = await hold(t, server.port, localAddress, idle)
        tally.count(own.bytesRead > 0, `A new connection beside ${each} ${name} ones of its address is not served.`)
      }
      const other = await hold(t, server.port, '127.0.0.9', idle)
      tally.count(
        other.bytesRead > 0,
        `A connection of another address beside ${addresses * each} ${name} ones is not served.`,
      )
      await reader.stop()
      premise(reader.count > 0, 'nobody has read anything')
      tally.failed.push(...new Set(reader.failures))
      tally.notes.push(
        `${name}: the ordinary user had ${reader.count} answers, in ${Math.round(reader.longestMs)} ms at most`,
      )
    }
    tally.notes.push(`${total} connections in all, ${network} of one network`)
    return tally
  },
} satisfies Battery

async function hold(t: Cleanup, port: number, localAddress: string, begins: string): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', localAddress }).on('error', () => {})
  t.onTestFinished(() => void socket.destroy())
  socket.resume()
  socket.write(begins)
  await Promise.race([once(socket, begins === idle ? 'data' : 'connect'), once(socket, 'close')])
  return socket
}
