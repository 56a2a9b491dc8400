import { setTimeout as sleep } from 'node:timers/promises'
import type { Benchmark } from '../benchmark.ts'
import { gather, signIn } from '../load/crowd.ts'
import { withServer } from '../load/with-server.ts'
import { targets } from '../targets.ts'

const base = 1_000
const connections = 15_000
const users = 500
const smallRooms = 300
/** Two heartbeats, and time enough for the garbage of connecting to be collected. */
const settleMs = 60_000

export const idle: Benchmark = {
  name: 'idle',
  about: `${connections} connections of ${users} signed-in users, each with two rooms open: the lobby and one of ${smallRooms}. Heartbeats continue; nobody writes. Measured is what ${connections - base} of them take beyond the first ${base}, ${settleMs / 1000} s after the last one connected.`,
  targets: [targets.teahouse, targets.wsRooms, targets.socketIo],
  rounds: 3,
  figures: [
    { key: 'resident', label: 'resident memory for each, KB', decimals: 1 },
    { key: 'whole', label: 'resident memory in all, MB', decimals: 0 },
    { key: 'cpu', label: 'server CPU while idle, % of a core', decimals: 2 },
    { key: 'connecting', label: 'server CPU for each that connects, µs', decimals: 0 },
  ],
  goals: [{ figure: 'resident', atMost: 12 }],
  run: (target) =>
    withServer(target, async (server) => {
      const cookies = await signIn(target, server.port, users)
      const roomsOf = (index: number) => ['lobby', `room-${index % smallRooms}`]
      await gather({ target, server, cookies, count: base, roomsOf })
      await sleep(settleMs / 2)
      const residentBefore = server.residentBytes()
      const count = connections - base
      const cpuBefore = server.cpuMicroseconds()
      await gather({ target, server, cookies, count, roomsOf })
      const connected = server.cpuMicroseconds()
      await sleep(settleMs / 2)
      const cpu = server.cpuMicroseconds()
      await sleep(settleMs / 2)
      return {
        resident: (server.residentBytes() - residentBefore) / 1024 / count,
        whole: server.residentBytes() / 1024 / 1024,
        cpu: ((server.cpuMicroseconds() - cpu) / 1000 / (settleMs / 2)) * 100,
        connecting: (connected - cpuBefore) / count,
      }
    }),
}
