/** `npm run bench:profile` prints in which functions three nodes spend their time while 198 senders write to 20 rooms, as in `bench -- cluster`. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { targets } from '../targets.ts'
import { Nodes } from './nodes.ts'
import { repeat } from './repeating.ts'

const rooms = 20
const senders = 198
const shown = 25
const root = join(import.meta.dirname, '../..')

/** By the clock of the profiles, in microseconds. */
const now = () => Number(process.hrtime.bigint() / 1000n)

/** https://chromedevtools.github.io/devtools-protocol/tot/Profiler/#type-Profile */
interface Profile {
  nodes: { id: number; callFrame: { functionName: string; url: string; lineNumber: number } }[]
  startTime: number
  samples: number[]
  /** Microseconds. */
  timeDeltas: number[]
}

const target = targets.teahouseNodes
const roomOf = (index: number) => `room-${index % rooms}`
const folder = mkdtempSync(join(tmpdir(), 'teahouse-profile-'))
process.env.BENCH_NODE_FLAGS = `--cpu-prof --cpu-prof-dir=${folder}`
let [from, to] = [0, 0]
try {
  const nodes = await Nodes.start(target, true)
  try {
    const { sockets } = await nodes.gather(senders, roomOf)
    from = now()
    const { acknowledged, measured } = await repeat(target.dialect, sockets, roomOf)
    to = now()
    console.log(`${Math.round(acknowledged)} acknowledged a second, ${measured} while it was measured`)
    for (const socket of sockets) socket.destroy()
  } finally {
    await nodes.end()
  }
  print(selfTimes())
} finally {
  rmSync(folder, { recursive: true, force: true })
}

/** Of all nodes, in microseconds, while messages were written, without what they waited. */
function selfTimes(): Map<string, number> {
  const times = new Map<string, number>()
  for (const file of readdirSync(folder)) {
    const { nodes, startTime, samples, timeDeltas } = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Profile
    const names = new Map(nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]))
    let at = startTime
    for (const [i, sample] of samples.entries()) {
      const delta = timeDeltas[i] ?? 0
      at += delta
      const name = names.get(sample) ?? ''
      if (at > from && at <= to && name !== '(idle)') times.set(name, (times.get(name) ?? 0) + delta)
    }
  }
  return times
}

function nameOf({ functionName, url, lineNumber }: Profile['nodes'][number]['callFrame']): string {
  const file = url.startsWith('file:') ? relative(root, fileURLToPath(url)) : url
  return [functionName || '(anonymous)', file && `${file}:${lineNumber + 1}`].filter(Boolean).join(' ')
}

function print(times: ReadonlyMap<string, number>): void {
  const total = times.values().reduce((sum, time) => sum + time, 0)
  const share = (time: number) => `${((100 * time) / total).toFixed(1)} %`
  const sorted = [...times].sort(([, a], [, b]) => b - a).slice(0, shown)
  console.log(`${(total / 1e6).toFixed(1)} s of the nodes' processor time\n\n| share | function |\n| --- | --- |`)
  for (const [name, time] of sorted) console.log(`| ${share(time)} | ${name} |`)
}
