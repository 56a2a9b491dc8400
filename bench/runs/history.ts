import type { Benchmark } from '../benchmark.ts'
import { gather, signIn } from '../load/crowd.ts'
import { teahouse } from '../load/dialects.ts'
import { Latencies } from '../load/latencies.ts'
import type { RawSocket } from '../load/raw-socket.ts'
import { million, withMillion } from '../million.ts'
import { ServerProcess } from '../server-process.ts'
import { targets } from '../targets.ts'

const warmUp = 100
const measured = 2_000
/** The twelfth byte of `{"type":"history"`. */
const typeAt = '{"type":"'.length
const h = 'h'.charCodeAt(0)

export const history: Benchmark = {
  name: 'history',
  about: `A page of 50 messages of a room of ${million.toLocaleString('en')}, a twentieth of them edited: at the end, before an id somewhere in the log, and around one. One client sends ${measured.toLocaleString('en')} requests for each, one after the other. Measured from the request to the last byte of the response.`,
  targets: [targets.teahouse],
  rounds: 3,
  figures: [
    { key: 'end50', label: 'end: p50, ms', decimals: 2 },
    { key: 'end99', label: 'p99', decimals: 2 },
    { key: 'middle50', label: 'middle: p50', decimals: 2 },
    { key: 'middle99', label: 'p99', decimals: 2 },
    { key: 'around50', label: 'around: p50', decimals: 2 },
    { key: 'around99', label: 'p99', decimals: 2 },
  ],
  goals: [
    { figure: 'end99', atMost: 5 },
    { figure: 'middle99', atMost: 5 },
    { figure: 'around99', atMost: 5 },
  ],
  run: (target) =>
    withMillion(async (dataDir) => {
      const server = new ServerProcess(target.server, dataDir)
      await server.start()
      try {
        const cookies = await signIn(target, server.port, 1)
        const [socket] = await gather({ target, server, cookies, count: 1, roomsOf: () => ['lobby'] })
        if (!socket) throw new Error('There is no socket.')
        const somewhere = () => 100 + Math.floor(Math.random() * (million - 200))
        const end = await ask(socket, () => ({}))
        const middle = await ask(socket, () => ({ before: somewhere() }))
        const around = await ask(socket, () => ({ around: somewhere() }))
        return {
          end50: end.percentile(0.5),
          end99: end.percentile(0.99),
          middle50: middle.percentile(0.5),
          middle99: middle.percentile(0.99),
          around50: around.percentile(0.5),
          around99: around.percentile(0.99),
        }
      } finally {
        await server.end()
      }
    }),
}

async function ask(socket: RawSocket, place: () => object): Promise<Latencies> {
  const latencies = new Latencies()
  for (let i = 0; i < warmUp + measured; i++) {
    const { promise, resolve } = Promise.withResolvers<void>()
    socket.onText = (bytes, start, end) => {
      if (bytes[start + typeAt] !== h) return
      const isWhole =
        end - start > 50 * teahouse.tail && bytes.toString('latin1', start, end).split('"id":').length > 100
      if (!isWhole) throw new Error(`An answer without its messages: ${bytes.toString('utf8', start, end)}`)
      resolve()
    }
    const begin = performance.now()
    socket.say(JSON.stringify({ type: 'history', room: 'lobby', limit: 50, ...place() }))
    await promise
    if (i >= warmUp) latencies.add(performance.now() - begin)
  }
  return latencies
}
