import { connect } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import { mapConcurrently } from '../../../support/run/map-concurrently.ts'
import { type Battery, Tally } from '../../battery.ts'
import { allRoutes } from '../../http/routes.ts'
import { AttackedPages } from '../../server/attacked-pages.ts'

const clients = { smallest: 100, short: 1_000, long: 20_000 }
/** How many requests are in one packet: as many as are served, and more. */
const atOnce = [1, 2, 5, 6, 100, 2_000]
const maxGrowth = 300

export default {
  what: 'Clients that request one file or thousands at once and disconnect at any moment: the server runs on, closes its files and serves others.',
  atLeast: clients,

  async run(size, t) {
    const tally = new Tally()
    const attacked = await AttackedPages.open(t)
    const files = ['/static/css/base.css', '/static/images/icon-192.png', '/sw.js', '/favicon.ico', '/static/none']
    const paths = [...files, ...files, ...(await allRoutes()).map(({ at }) => at())]
    const turns = Array.from({ length: clients[size] }, (_, i) => i)
    await mapConcurrently(turns, 20, async (i) => {
      const path = paths[i % paths.length] as string
      const count = atOnce[i % atOnce.length] as number
      await askAndLeave(attacked.port, path, count, i % 40)
      // The result is checked at the end.
      tally.tried++
    })
    await attacked.judge(tally, maxGrowth)
    return tally
  },
} satisfies Battery

/** @param turns of the event loop for which it stays, before it resets the connection or ends it */
async function askAndLeave(port: number, path: string, count: number, turns: number): Promise<void> {
  const socket = connect(port, '127.0.0.1').on('error', () => {})
  const closed = new Promise((resolve) => socket.once('close', resolve))
  socket.pause()
  socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nAccept: text/html\r\n\r\n`.repeat(count))
  for (let turn = 0; turn < turns && !socket.destroyed; turn++) await setImmediate()
  if (socket.destroyed || turns % 3 === 0) socket.destroy()
  else socket.resetAndDestroy()
  await closed
}
