import { setTimeout as sleep } from 'node:timers/promises'
import type { Benchmark } from '../benchmark.ts'
import { gather, signIn } from '../load/crowd.ts'
import { NumberedFrame } from '../load/frames.ts'
import { Latencies } from '../load/latencies.ts'
import type { RawSocket } from '../load/raw-socket.ts'
import { withServer } from '../load/with-server.ts'
import { targets } from '../targets.ts'

const rooms = 20
const senders = 200
const warmUpMs = 3_000
const measuredMs = 8_000
/** `{"type":"sent"`, of which the twelfth byte begins `nt`. */
const nOfSent = 'n'.charCodeAt(0)

export const durable: Benchmark = {
  name: 'durable',
  about: `${senders} senders in ${rooms} rooms of ${senders / rooms}; each sends again once its message is acknowledged, after the commit and its fsync. Each message is also delivered to its room. The peers store and acknowledge nothing and are not measured here.`,
  targets: [targets.teahouse],
  rounds: 5,
  figures: [
    { key: 'acknowledged', label: 'acknowledged a second', decimals: 0 },
    { key: 'p50', label: 'p50, ms', decimals: 1 },
    { key: 'p99', label: 'p99, ms', decimals: 1 },
    { key: 'cpu', label: 'server CPU for each, µs', decimals: 1 },
  ],
  goals: [
    { figure: 'acknowledged', atLeast: 10_000 },
    { figure: 'p99', atMost: 50 },
  ],
  run: (target) =>
    withServer(target, async (server) => {
      const { dialect } = target
      const cookies = await signIn(target, server.port, senders)
      const roomOf = (index: number) => `room-${index % rooms}`
      const sockets = await gather({ target, server, cookies, count: senders, roomsOf: (index) => [roomOf(index)] })
      const latencies = new Latencies()
      let sent = 0
      let acknowledged = 0
      let delivered = 0
      let isSending = true
      for (const [index, socket] of sockets.entries()) repeat(socket, roomOf(index))

      await sleep(warmUpMs)
      latencies.clear()
      const before = { acknowledged, cpu: server.cpuMicroseconds(), at: performance.now() }
      await sleep(measuredMs)
      const after = { acknowledged, cpu: server.cpuMicroseconds(), at: performance.now() }
      isSending = false
      const expected = () => (sent * senders) / rooms
      for (let i = 0; (acknowledged < sent || delivered < expected()) && i < 200; i++) await sleep(50)
      if (acknowledged !== sent || delivered !== expected()) {
        throw new Error(`${sent} messages, ${acknowledged} acknowledged, ${delivered} deliveries, not ${expected()}.`)
      }
      const measured = after.acknowledged - before.acknowledged
      return {
        acknowledged: (measured / (after.at - before.at)) * 1000,
        p50: latencies.percentile(0.5),
        p99: latencies.percentile(0.99),
        cpu: (after.cpu - before.cpu) / measured,
      }

      function repeat(socket: RawSocket, room: string): void {
        const frame = new NumberedFrame((number) => dialect.chat(room, number))
        let sentAt = 0
        const send = () => {
          sentAt = performance.now()
          socket.write(frame.with(++sent))
        }
        socket.onText = (bytes, start) => {
          if (dialect.isMessage(bytes, start)) {
            delivered++
          } else if (bytes[start + 11] === nOfSent) {
            acknowledged++
            latencies.add(performance.now() - sentAt)
            if (isSending) send()
          }
        }
        send()
      }
    }),
}
