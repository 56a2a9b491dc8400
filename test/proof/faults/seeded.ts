/** The proof of the checker: seeded faults are caught, and correct servers pass under the same conditions. */
import { join } from 'node:path'
import { mapConcurrently } from '../../support/run/map-concurrently.ts'
import { bugs, hardships, lossyBackplane } from '../bugs.ts'
import { type Fault, hasFailed, inDigits, type Result } from '../result.ts'
import { becomes, Scene } from '../scene.ts'
import { TcpProxy } from '../tcp-proxy.ts'

const atOnce = 5
const senders = 6
const slowOnes = 2
const kills = 2
const maxRuns = 4
const times = { firstRetryMs: 30, maxRetryMs: 150, stableMs: 200, silenceMs: 1_000, answerMs: 2_000, busyMs: 100 }
const folder = join(import.meta.dirname, '..')

export function faulty(bug: string, environment: Record<string, string> = {}) {
  return {
    program: ['--import', join(folder, 'faulty-writer.ts'), join(folder, 'faulty-server.ts')],
    environment: { PROOF_BUG: bug, LOG_LEVEL: 'silent', ...environment },
  }
}

/** Everything that happens to a server within some seconds: slow readers, lost acknowledgements, kills, a slow disk. */
export async function gauntlet(bug: string): Promise<Result> {
  let target = 0
  await using proxy = await TcpProxy.start(() => target)
  await using scene = await Scene.open({
    senders,
    viewers: slowOnes,
    times,
    server: faulty(bug, { PROOF_COMMIT_MS: '4' }),
    port(server, client) {
      target = server.port
      return client < senders ? proxy.port : target
    },
  })
  // A sound server comes to rest, however busy the machine is; a faulty one may never do so.
  const patienceMs = bugs[bug] ? 3_000 : 60_000
  await slowReaders(scene)
  scene.talk(500)
  for (let kill = 0; kill < kills; kill++) {
    await scene.acknowledges(50, 2_000)
    // Some are cut off from their answers: they will say it again to the server as it is, or to the next one.
    for (const wire of [...proxy.wires].slice(0, senders / 2)) wire.toClient.swallow()
    await scene.acknowledges(100, 1_000)
    for (const wire of [...proxy.wires].slice(0, senders / 4)) wire.reset()
    await scene.acknowledges(100, 1_000)
    await scene.server.kill('SIGKILL')
    await scene.server.start()
  }
  await scene.acknowledges(100, 2_000)
  scene.hush()
  const areAnswered = await becomes(() => scene.senders.every(({ waiting }) => waiting === 0), patienceMs)
  // The last publication may have been lost, and nobody misses it before there is another.
  for (let words = 0; areAnswered && words < 8 && !(await scene.rest(500)); words++) scene.senders[0]?.say()
  const isLevel = areAnswered && (await scene.rest(patienceMs))
  // A gap that is filled from the store may bring what the writer has committed and not yet told of: before its `sent`.
  const report = await scene.verdict(bug === lossyBackplane ? ['seam', 'entry-before-sent'] : undefined)
  const failures = isLevel ? [] : ['not everyone came to rest']
  return { fault: bug, count: 1, unit: 'run', report, failures, notes: [] }
}

/** Some do not read until far more waits for them than the kernel keeps. */
async function slowReaders(scene: Scene): Promise<void> {
  for (const { line } of scene.viewers) line.pause()
  scene.talk(2_000, 3_900)
  await scene.acknowledges(1_300, 10_000)
  for (const { line } of scene.viewers) line.resume()
}

async function seeded(cleanRuns: number, seeds = Object.keys(bugs)): Promise<Result[]> {
  const runs = [
    ...seeds,
    ...Array.from({ length: cleanRuns }, (_, i) => Object.keys(hardships)[i % Object.keys(hardships).length] as string),
  ]
  const results = await mapConcurrently(runs, atOnce, untilCaught)
  return [caught(results.filter(({ fault }) => bugs[fault])), clean(results.filter(({ fault }) => !bugs[fault]))]
}

/** Most faults show only when a kill comes at the right moment: on a busy machine one run may miss it. A sound server has one. */
async function untilCaught(bug: string): Promise<Result> {
  let result = await gauntlet(bug)
  for (let run = 1; run < maxRuns && bugs[bug] && !isCaught(result); run++) result = await gauntlet(bug)
  return result
}

function isCaught({ fault, report }: Result): boolean {
  return bugs[fault]?.by.some((property) => report?.violations[property]) === true
}

function caught(results: Result[]): Result {
  const missed = results.filter((result) => !isCaught(result))
  return {
    fault: 'seeded faults',
    count: results.length,
    unit: `faults, ${results.length - missed.length} caught`,
    failures: missed.map(({ fault }) => `"${fault}" was not caught`),
    notes: results.map(({ fault, report }) => {
      const violations = report?.violations ?? {}
      const found = Object.entries(violations).map(([property, { count }]) => `${property} × ${inDigits(count)}`)
      const [example] = bugs[fault]?.by.flatMap((property) => violations[property]?.examples ?? []) ?? []
      return `"${fault}": ${found.sort().join(', ')} (${example})`
    }),
  }
}

function clean(results: Result[]): Result {
  const [first] = results
  if (!first?.report) throw new Error('Clean runs are needed for the seeded ones to mean anything.')
  const report = { ...first.report }
  for (const { report: other } of results.slice(1)) {
    if (!other) continue
    for (const key of [
      'acknowledged',
      'shows',
      'said',
      'allowed',
      'lost',
      'doubled',
      'outOfOrder',
      'phantom',
    ] as const) {
      report[key] += other[key]
    }
    report.violations = { ...report.violations, ...other.violations }
  }
  const alarms = results.filter(hasFailed)
  return {
    fault: 'sound servers, the same',
    count: results.length,
    unit: 'runs',
    report,
    failures: alarms.map(({ fault, failures }) => `an alarm with ${fault}: ${failures}`),
    notes: [`each with ${kills} kills, cut wires, paused readers, 4 ms for each commit`],
  }
}

export default {
  short: () => seeded(2),
  long: () => seeded(20),
} satisfies Fault
