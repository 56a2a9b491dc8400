import { setTimeout as sleep } from 'node:timers/promises'
import type { Benchmark } from '../benchmark.ts'
import { gather, signIn } from '../load/crowd.ts'
import type { Dialect } from '../load/dialects.ts'
import { maskedFrame } from '../load/frames.ts'
import { type HttpLine, openEventStream, openPolls } from '../load/http-lines.ts'
import type { RawSocket } from '../load/raw-socket.ts'
import { withServer } from '../load/with-server.ts'
import type { ServerProcess } from '../server-process.ts'
import { type Target, targets } from '../targets.ts'

const readers = 500
const base = 100
const settleMs = 15_000
const perSecond = 2
const messages = 30

const overHttp: Readonly<Record<string, typeof openPolls>> = {
  [targets.teahouseStream.name]: openEventStream,
  [targets.teahousePoll.name]: openPolls,
}

export const transports: Benchmark = {
  name: 'transports',
  about: `${readers} connections that read one room over each transport, of one user for each ten. First nobody writes, and measured is what ${readers - base} of them take beyond the first ${base}; then one client sends ${messages} messages, ${perSecond} a second.`,
  targets: [
    targets.teahouse,
    targets.teahouseStream,
    targets.teahousePoll,
    targets.teahouseSocketIo,
    targets.wsLoop,
    targets.socketIo,
  ],
  rounds: 3,
  figures: [
    { key: 'resident', label: 'resident memory for each, KB', decimals: 1 },
    { key: 'idle', label: 'server CPU for each idle connection, µs a second', decimals: 1 },
    { key: 'cpu', label: 'server CPU for each delivery, µs', decimals: 1 },
  ],
  goals: [],
  run: (target) =>
    withServer(target, async (server) => {
      const cookies = await signIn(target, server.port, readers / 10)
      let heard = 0
      const people = { target, server, cookies, heard: (count: number) => (heard += count) }
      await connectReaders(people, base)
      await sleep(settleMs)
      const residentBefore = server.residentBytes()
      await connectReaders(people, readers - base)
      await sleep(settleMs)
      const resident = (server.residentBytes() - residentBefore) / 1024 / (readers - base)
      const idleBefore = server.cpuMicroseconds()
      await sleep(settleMs)
      const idle = server.cpuMicroseconds() - idleBefore
      const [sender] = await gather({ target, server, cookies, count: 1, roomsOf: () => ['lobby'] })
      heard = 0
      const before = server.cpuMicroseconds()
      const began = performance.now()
      await send(sender as RawSocket, target.dialect)
      for (let i = 0; heard < messages * readers && i < 200; i++) await sleep(50)
      if (heard !== messages * readers) throw new Error(`${heard} deliveries of ${messages} messages to ${readers}.`)
      const spent = server.cpuMicroseconds() - before - (idle / settleMs) * (performance.now() - began)
      return { resident, idle: idle / (settleMs / 1_000) / readers, cpu: spent / heard }
    }),
}

interface People {
  target: Target
  server: ServerProcess
  cookies: string[]
  heard(count: number): void
}

async function connectReaders({ target, server, cookies, heard }: People, count: number): Promise<void> {
  const open = overHttp[target.name]
  if (open) {
    const lost = (reason: string) => {
      if (server.isMeantToRun) throw new Error(`A reader lost its connection: ${reason}`)
    }
    const lines: HttpLine[] = []
    for (let i = 0; i < count; i++) {
      const line = open({ port: server.port, cookie: cookies[i % cookies.length], room: 'lobby', heard, lost })
      await line.opened
      lines.push(line)
    }
    return
  }
  const { dialect } = target
  const sockets = await gather({ target, server, cookies, count, roomsOf: () => ['lobby'] })
  for (const socket of sockets) {
    // It answers the pings of Socket.IO.
    const { onText } = socket
    socket.onText = (bytes, start, end) => (dialect.isMessage(bytes, start) ? heard(1) : onText(bytes, start, end))
  }
}

async function send(sender: RawSocket, dialect: Dialect): Promise<void> {
  for (let number = 1; number <= messages; number++) {
    sender.write(maskedFrame(dialect.chat('lobby', String(number).padStart(8, '0'))))
    await sleep(1_000 / perSecond)
  }
}
