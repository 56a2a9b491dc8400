import { setTimeout as sleep } from 'node:timers/promises'
import type { Benchmark } from '../benchmark.ts'
import { gather, signIn } from '../load/crowd.ts'
import { NumberedFrame, numberBefore } from '../load/frames.ts'
import type { RawSocket } from '../load/raw-socket.ts'
import { withServer } from '../load/with-server.ts'
import { targets } from '../targets.ts'

const rooms = 1_000
const membersEach = 10
const people = (rooms * membersEach) / 2
const senders = 500
const users = 500
const warmUpMs = 4_000
const measuredMs = 8_000

export const manyRooms: Benchmark = {
  name: 'rooms',
  about: `${rooms} rooms of ${membersEach}; each of the ${people} people is in two of them. ${senders} send to their two rooms in turn, again as soon as their own message is back.`,
  targets: [targets.teahouse, targets.wsRooms, targets.socketIo],
  rounds: 5,
  figures: [
    { key: 'messages', label: 'messages a second', decimals: 0 },
    { key: 'cpu', label: 'server CPU for each message, µs', decimals: 1 },
  ],
  goals: [{ figure: 'messages', atLeast: 1, of: targets.wsRooms }],
  run: (target) =>
    withServer(target, async (server) => {
      const { dialect } = target
      const cookies = await signIn(target, server.port, users)
      const sockets = await gather({ target, server, cookies, count: people, roomsOf })
      let sent = 0
      let delivered = 0
      let isSending = true
      for (const socket of sockets) {
        socket.onText = (bytes, start) => {
          if (dialect.isMessage(bytes, start)) delivered++
        }
      }
      for (const [index, socket] of sockets.slice(0, senders).entries()) repeat(socket, roomsOf(index))

      await sleep(warmUpMs)
      const before = { sent, cpu: server.cpuMicroseconds(), at: performance.now() }
      await sleep(measuredMs)
      const after = { sent, cpu: server.cpuMicroseconds(), at: performance.now() }
      isSending = false
      for (let i = 0; delivered < sent * membersEach && i < 200; i++) await sleep(50)
      if (delivered !== sent * membersEach) {
        throw new Error(`${delivered} deliveries of ${sent} messages to ${membersEach} members.`)
      }
      return {
        messages: ((after.sent - before.sent) / (after.at - before.at)) * 1000,
        cpu: (after.cpu - before.cpu) / (after.sent - before.sent),
      }

      function repeat(socket: RawSocket, own: string[]): void {
        const frames = own.map((room) => new NumberedFrame((number) => dialect.chat(room, number)))
        let awaited = 0
        let turn = 0
        const send = () => {
          awaited = ++sent
          socket.write((frames[turn++ % frames.length] as NumberedFrame).with(awaited))
        }
        socket.onText = (bytes, start, end) => {
          if (!dialect.isMessage(bytes, start)) return
          delivered++
          if (numberBefore(bytes, end - dialect.tail) === awaited && isSending) send()
        }
        send()
      }
    }),
}

/** Each thousand people fill every room once by their first choice and once by their second. */
function roomsOf(index: number): string[] {
  const second = index + 1 + 37 * Math.floor(index / rooms)
  return [index, second].map((room) => `room-${room % rooms}`)
}
