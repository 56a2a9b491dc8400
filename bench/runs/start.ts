import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Benchmark } from '../benchmark.ts'
import { gather, signIn } from '../load/crowd.ts'
import { maskedFrame } from '../load/frames.ts'
import { Latencies } from '../load/latencies.ts'
import { million, withMillion } from '../million.ts'
import { ServerProcess } from '../server-process.ts'
import { type Target, targets } from '../targets.ts'

const starts = 9

export const startUp: Benchmark = {
  name: 'start',
  about: `From the start of the process until a user has signed in and their first message is acknowledged (with the peers: is back). The median of ${starts} starts, with an empty folder and with ${million.toLocaleString('en')} messages. The peers have neither sessions nor a store.`,
  targets: [targets.teahouse, targets.wsLoop, targets.socketIo],
  rounds: 3,
  figures: [
    { key: 'empty', label: 'empty, s', decimals: 2 },
    { key: 'million', label: 'a million messages, s', decimals: 2 },
  ],
  goals: [
    { figure: 'empty', atMost: 0.6 },
    { figure: 'million', atMost: 0.6 },
  ],
  async run(target) {
    const empty = await middleOf(async () => {
      const dataDir = mkdtempSync(join(tmpdir(), 'teahouse-bench-'))
      try {
        return await secondsToFirst(target, dataDir)
      } finally {
        rmSync(dataDir, { recursive: true, force: true })
      }
    })
    if (!target.dialect.hasSessions) return { empty }
    return { empty, million: await withMillion((dataDir) => middleOf(() => secondsToFirst(target, dataDir))) }
  },
}

async function middleOf(measure: () => Promise<number>): Promise<number> {
  const times = new Latencies()
  for (let i = 0; i < starts; i++) times.add(await measure())
  return times.percentile(0.5)
}

async function secondsToFirst(target: Target, dataDir: string): Promise<number> {
  const { dialect } = target
  const server = new ServerProcess(target.server, dataDir)
  const begin = performance.now()
  await server.start()
  try {
    const cookies = await signIn(target, server.port, 1)
    const [socket] = await gather({ target, server, cookies, count: 1, roomsOf: () => ['lobby'] })
    const { promise, resolve } = Promise.withResolvers<void>()
    if (!socket) throw new Error('There is no socket.')
    socket.onText = (bytes, start, end) => {
      const isSent = dialect.hasSessions ? bytes.toString('latin1', start, end).includes('"sent"') : true
      if (isSent) resolve()
    }
    const number = String(Date.now() % 100_000_000).padStart(8, '0')
    socket.write(maskedFrame(dialect.chat('lobby', number)))
    await promise
    return (performance.now() - begin) / 1000
  } finally {
    await server.stop()
  }
}
