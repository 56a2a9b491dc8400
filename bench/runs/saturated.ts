import { setTimeout as sleep } from 'node:timers/promises'
import type { Benchmark } from '../benchmark.ts'
import { gather, signIn } from '../load/crowd.ts'
import { NumberedFrame, numberBefore } from '../load/frames.ts'
import type { RawSocket } from '../load/raw-socket.ts'
import { withServer } from '../load/with-server.ts'
import { targets } from '../targets.ts'

const members = 500
const senders = 100
const warmUpMs = 2_000
const measuredMs = 6_000

export const saturated: Benchmark = {
  name: 'saturated',
  about: `One room of ${members} members, ${senders} of whom send again as soon as their own message is back. Teahouse stores each message (an fsync before it is acknowledged); the peers store nothing.`,
  targets: [targets.teahouse, targets.wsLoop, targets.socketIo],
  rounds: 5,
  figures: [
    { key: 'deliveries', label: 'deliveries a second', decimals: 0 },
    { key: 'messages', label: 'messages a second', decimals: 0 },
    { key: 'cpu', label: 'server CPU for each delivery, µs', decimals: 3 },
  ],
  goals: [
    { figure: 'deliveries', atLeast: 20, of: targets.wsLoop },
    { figure: 'deliveries', atLeast: 30, of: targets.socketIo },
    { figure: 'cpu', atMost: 1 / 20, of: targets.wsLoop },
    { figure: 'cpu', atMost: 1 / 30, of: targets.socketIo },
  ],
  run: (target) =>
    withServer(target, async (server) => {
      const { dialect } = target
      const cookies = await signIn(target, server.port, members)
      const sockets = await gather({ target, server, cookies, count: members, roomsOf: () => ['lobby'] })
      let sent = 0
      let deliveries = 0
      let isSending = true
      const back = Promise.withResolvers<void>()

      for (const socket of sockets) {
        socket.onText = (bytes, start) => {
          if (dialect.isMessage(bytes, start)) deliveries++
        }
      }
      const people = sockets.slice(0, senders)
      let waiting = people.length
      for (const socket of people) repeat(socket)

      await sleep(warmUpMs)
      const before = { deliveries, sent, cpu: server.cpuMicroseconds(), at: performance.now() }
      await sleep(measuredMs)
      const after = { deliveries, sent, cpu: server.cpuMicroseconds(), at: performance.now() }
      isSending = false
      await back.promise
      for (let i = 0; deliveries < sent * members && i < 100; i++) await sleep(50)
      if (deliveries !== sent * members) {
        throw new Error(`${deliveries} deliveries of ${sent} messages to ${members} members.`)
      }
      const seconds = (after.at - before.at) / 1000
      return {
        deliveries: (after.deliveries - before.deliveries) / seconds,
        messages: (after.sent - before.sent) / seconds,
        cpu: (after.cpu - before.cpu) / (after.deliveries - before.deliveries),
      }

      /** Lets one client send again and again, each time after its own message has come back. */
      function repeat(socket: RawSocket): void {
        const frame = new NumberedFrame((number) => dialect.chat('lobby', number))
        let own = 0
        const send = () => {
          own = ++sent
          socket.write(frame.with(own))
        }
        socket.onText = (bytes, start, end) => {
          if (!dialect.isMessage(bytes, start)) return
          deliveries++
          if (numberBefore(bytes, end - dialect.tail) !== own) return
          if (isSending) send()
          else if (--waiting === 0) back.resolve()
        }
        send()
      }
    }),
}
