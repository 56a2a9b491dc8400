import { setTimeout as sleep } from 'node:timers/promises'
import type { Benchmark } from '../benchmark.ts'
import { gather, signIn } from '../load/crowd.ts'
import { PacedRoom } from '../load/paced.ts'
import { withServer } from '../load/with-server.ts'
import type { ServerProcess } from '../server-process.ts'
import { type Target, targets } from '../targets.ts'

const members = 10_000
const users = 500
const perSecond = 10
const joinsPerSecond = 20
const staysMs = 5_000
const warmUpMs = 5_000
const measuredMs = 15_000

export const large: Benchmark = {
  name: 'large',
  about: `One room of ${members} members and ${perSecond} messages a second. Each second ${joinsPerSecond} more members connect, stay for ${staysMs / 1000} s and lose their connection. Measured are the delay of a message at each member and the delay of the server's event loop.`,
  targets: [targets.teahouse, targets.wsLoop, targets.socketIo],
  rounds: 3,
  figures: [
    { key: 'p50', label: 'p50, ms', decimals: 0 },
    { key: 'p99', label: 'p99, ms', decimals: 0 },
    { key: 'delay50', label: 'event loop delay p50, ms', decimals: 0 },
    { key: 'delay99', label: 'p99, ms', decimals: 0 },
    { key: 'cpu', label: 'server CPU, % of a core', decimals: 0 },
    { key: 'away', label: 'of the new members, refused', decimals: 0 },
  ],
  goals: [{ figure: 'p99', atMost: 250 }],
  run: (target) =>
    withServer({ ...target, server: { ...target.server, hasProbe: true } }, async (server) => {
      const cookies = await signIn(target, server.port, 2 * users)
      const sockets = await gather({
        target,
        server,
        cookies: cookies.slice(0, users),
        count: members,
        roomsOf: () => ['lobby'],
      })
      const room = new PacedRoom(target.dialect, 'lobby')
      for (const socket of sockets) room.listen(socket)
      const stop = new AbortController()
      const passing = passBy(target, server, cookies.slice(users), stop.signal)
      await room.send(sockets, perSecond, warmUpMs)
      await room.complete()
      room.latencies.clear()
      await server.report()
      const cpu = server.cpuMicroseconds()
      const begin = performance.now()
      await room.send(sockets, perSecond, measuredMs)
      await room.complete()
      const used = (server.cpuMicroseconds() - cpu) / 1000 / (performance.now() - begin)
      const { delay } = await server.report()
      stop.abort()
      const away = await passing
      return {
        p50: room.latencies.percentile(0.5),
        p99: room.latencies.percentile(0.99),
        delay50: delay.p50,
        delay99: delay.p99,
        cpu: used * 100,
        away,
      }
    }),
}

/** Lets people come, stay for a while, and vanish without a word. @returns how many could not connect */
async function passBy(target: Target, server: ServerProcess, cookies: string[], signal: AbortSignal): Promise<number> {
  let away = 0
  for (let i = 0; !signal.aborted; i++) {
    void come(cookies[i % cookies.length])
    await sleep(1000 / joinsPerSecond)
  }
  return away

  async function come(cookie: string | undefined): Promise<void> {
    const own = cookie ? [cookie] : []
    const [socket] = await gather({ target, server, cookies: own, count: 1, roomsOf: () => ['lobby'] }).catch(() => [])
    if (!socket) {
      away++
      return
    }
    socket.onText = () => {}
    await sleep(staysMs)
    socket.destroy()
  }
}
