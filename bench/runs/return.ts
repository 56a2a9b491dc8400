import { setTimeout as sleep } from 'node:timers/promises'
import type { Benchmark } from '../benchmark.ts'
import { gather, signIn } from '../load/crowd.ts'
import { maskedFrame } from '../load/frames.ts'
import { withServer } from '../load/with-server.ts'
import { targets } from '../targets.ts'

const clients = 10_000
const users = 500
const stored = 1_000
const missed = 50

export const comeBack: Benchmark = {
  name: 'return',
  about: `The server is killed (\`kill -9\`) and started again; ${clients} clients reconnect as fast as the server allows, with at most 250 handshakes at a time, and are done when they have what they missed: ${missed} messages each, of a room of ${stored}. The peers store nothing: their clients only reconnect.`,
  targets: [targets.teahouse, targets.wsLoop, targets.socketIo],
  rounds: 3,
  figures: [
    { key: 'seconds', label: 'until all are done, s', decimals: 2 },
    { key: 'cpu', label: 'server CPU for each, µs', decimals: 0 },
  ],
  goals: [{ figure: 'seconds', atMost: 10 }],
  run: (target) =>
    withServer(target, async (server) => {
      const { dialect } = target
      const roomsOf = () => ['lobby']
      const cookies = await signIn(target, server.port, users)
      const [writer] = await gather({ target, server, cookies, count: 1, roomsOf })
      let delivered = 0
      let answer = ''
      if (writer) {
        writer.onText = (bytes, start) => {
          if (dialect.isMessage(bytes, start)) delivered++
        }
        for (let i = 1; i <= stored; i++) {
          writer.write(maskedFrame(dialect.chat('lobby', String(i).padStart(8, '0'))))
          if (i % 100 === 0) while (delivered < i) await sleep(2)
        }
      }
      await gather({ target, server, cookies, count: 1, roomsOf, onOpen: (text) => (answer = text) })
      const cursor = dialect.hasSessions
        ? { after: stored - missed, epoch: (JSON.parse(answer) as { epoch: string }).epoch }
        : undefined

      await server.stop('SIGKILL')
      await server.start()
      const cpu = server.cpuMicroseconds()
      const begin = performance.now()
      let level = 0
      await gather({
        target,
        server,
        cookies,
        count: clients,
        roomsOf,
        ...(cursor && { cursor }),
        onOpen(text) {
          if (!cursor || isLevel(text)) level++
        },
      })
      const seconds = (performance.now() - begin) / 1000
      if (level !== clients) throw new Error(`${level} of ${clients} clients are level.`)
      return { seconds, cpu: (server.cpuMicroseconds() - cpu) / clients }
    }),
}

/** Whether an answer to `open` holds all that was missed; without parsing it, which would be the larger part of the work. */
function isLevel(opened: string): boolean {
  const isWhole = opened.includes('"more":false') && opened.includes(`"last":${stored}`)
  return isWhole && opened.includes(`"id":${stored - missed + 1},`) && opened.includes(`"id":${stored},`)
}
