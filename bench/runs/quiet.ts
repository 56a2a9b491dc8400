import type { Benchmark } from '../benchmark.ts'
import { gather, signIn } from '../load/crowd.ts'
import { PacedRoom } from '../load/paced.ts'
import { withServer } from '../load/with-server.ts'
import { targets } from '../targets.ts'

const members = 1_000
const users = 500
const perSecond = 20
const warmUpMs = 4_000
const measuredMs = 10_000

export const quiet: Benchmark = {
  name: 'quiet',
  about: `One room of ${members} members and ${perSecond} messages a second, so that there is nothing to batch.`,
  targets: [targets.teahouse, targets.wsLoop, targets.socketIo],
  rounds: 5,
  figures: [
    { key: 'cpu', label: 'server CPU for each delivery, µs', decimals: 2 },
    { key: 'p50', label: 'p50, ms', decimals: 1 },
    { key: 'p99', label: 'p99, ms', decimals: 1 },
  ],
  goals: [
    { figure: 'cpu', atMost: 1, of: targets.wsLoop },
    { figure: 'p99', atMost: 1, of: targets.wsLoop },
  ],
  run: (target) =>
    withServer(target, async (server) => {
      const cookies = await signIn(target, server.port, users)
      const sockets = await gather({ target, server, cookies, count: members, roomsOf: () => ['lobby'] })
      const room = new PacedRoom(target.dialect, 'lobby')
      for (const socket of sockets) room.listen(socket)
      await room.send(sockets, perSecond, warmUpMs)
      await room.complete()
      room.latencies.clear()
      const delivered = room.delivered
      const cpu = server.cpuMicroseconds()
      await room.send(sockets, perSecond, measuredMs)
      await room.complete()
      return {
        cpu: (server.cpuMicroseconds() - cpu) / (room.delivered - delivered),
        p50: room.latencies.percentile(0.5),
        p99: room.latencies.percentile(0.99),
      }
    }),
}
