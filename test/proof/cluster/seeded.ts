/** The proof of the checker for several nodes: seeded faults are caught, and sound nodes pass under the same conditions. */
import { join } from 'node:path'
import { webSocket } from '../clients/carriers.ts'
import { after } from '../clients/crowd.ts'
import { type Fault, hasFailed, inDigits, type Result } from '../result.ts'
import { endedByItself } from '../server.ts'
import { Cluster, type ClusterOptions, ClusterScene, Services } from './cluster-scene.ts'
import { hot, sumOf } from './hot-rooms.ts'
import { nodeBugs, nodeHardships } from './node-bugs.ts'
import { rights } from './rights.ts'

const maxRuns = 3
const soundRestMs = 60_000
/** Longer than a node takes to find what it did not hear. */
const faultyRestMs = 6_000

function faulty(bug: string): ClusterOptions {
  const program = [join(import.meta.dirname, 'faulty-node.ts')]
  return { nodes: 2, server: () => ({ program, environment: { PROOF_BUG: bug, LOG_LEVEL: 'silent' } }) }
}

/** Two nodes that lose publications, clients that move, and last words that the other node does not hear. */
async function messages(services: Services, bug: string): Promise<Result> {
  await using cluster = await Cluster.start(services, faulty(bug))
  const crowd = { senders: 8, viewers: 4, carry: () => webSocket }
  await using scene = await ClusterScene.open(cluster, crowd)
  const restMs = nodeBugs[bug] ? faultyRestMs : soundRestMs
  const failures: string[] = []
  scene.talk(100)
  for (const proxy of cluster.redis) proxy.lossRate = 0.05
  await scene.acknowledges(100, 20_000)
  scene.move(3)
  await scene.acknowledges(150, 20_000)
  await scene.rest(restMs)
  // One word that the other node does not hear, whichever that is, and nothing after it.
  for (const proxy of cluster.redis) proxy.deafen()
  scene.senders[0]?.say('last words')
  await after(200)
  if (!(await scene.rest(restMs))) failures.push('not everyone came to rest')
  failures.push(...cluster.failures())
  // Those that have ended by themselves, and could not start without Redis: somebody has to show the log.
  for (const proxy of cluster.redis) proxy.restore()
  for (const node of cluster.nodes) if (!node.isRunning) await node.start()
  const report = await scene.verdict()
  return { fault: bug, count: 1, unit: 'run', report, failures, notes: [] }
}

async function look(services: Services, bug: string): Promise<Result[]> {
  switch (nodeBugs[bug]?.seenIn) {
    case 'hot rooms':
      return [await hot(4, faulty(bug))]
    case 'rights':
      return await rights(1, faulty(bug))
    default:
      return [await messages(services, bug)]
  }
}

function isCaught(bug: string, results: Result[]): boolean {
  const { by, seenIn, endsNodes } = nodeBugs[bug] ?? {}
  if (seenIn !== 'messages') return results.some(({ failures }) => failures.length > 0)
  if (endsNodes && results.some(({ failures }) => failures.some((one) => one.includes(endedByItself)))) return true
  return by?.some((property) => results.some(({ report }) => report?.violations[property])) === true
}

/** @param bugs `PROOF_BUGS` names some of them, with commas */
async function seeded(
  soundRuns: number,
  bugs = process.env.PROOF_BUGS?.split(',') ?? Object.keys(nodeBugs),
): Promise<Result[]> {
  await using services = await Services.start()
  const notes: string[] = []
  const missed: string[] = []
  for (const bug of bugs) {
    let results = await look(services, bug)
    for (let run = 1; run < maxRuns && !isCaught(bug, results); run++) results = await look(services, bug)
    if (!isCaught(bug, results)) missed.push(`"${bug}" was not caught`)
    notes.push(`"${bug}": ${signsOf(results)}`)
    console.error(notes.at(-1))
  }
  const hardships = Object.keys(nodeHardships)
  const sound: Result[] = []
  for (let i = 0; i < soundRuns; i++) sound.push(await messages(services, hardships[i % hardships.length] as string))
  const count = bugs.length
  const unit = `faults, ${count - missed.length} caught`
  const caught: Result = { fault: 'seeded faults of nodes', count, unit, failures: missed, notes }
  return sound.length ? [caught, soundOnes(sound)] : [caught]
}

function soundOnes(results: Result[]): Result {
  const alarms = results
    .filter(hasFailed)
    .map(({ fault, failures, report }) => `an alarm with ${fault}: ${failures} ${JSON.stringify(report?.violations)}`)
  return {
    fault: 'sound nodes, the same',
    count: results.length,
    unit: 'runs',
    report: sumOf(results.flatMap(({ report }) => report ?? [])),
    failures: alarms,
    notes: ['2 nodes, 5 % of publications lost, clients that move, last words that the other node does not hear'],
  }
}

function signsOf(results: Result[]): string {
  const violations = results.flatMap(({ report }) =>
    Object.entries(report?.violations ?? {}).map(([property, { count }]) => `${property} × ${inDigits(count)}`),
  )
  const failures = results.flatMap(({ fault, failures: [first] }) => (first ? `${fault}: ${first}` : []))
  return [...violations.sort(), ...failures].join('; ') || 'nothing'
}

export default {
  smallest: () => seeded(0, ['heads not compared']),
  short: () => seeded(2),
  long: () => seeded(20),
} satisfies Fault
