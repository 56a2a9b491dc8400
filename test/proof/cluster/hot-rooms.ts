/** Two nodes that write to the same rooms as fast as they can. */

import type { Report } from '../checker.ts'
import { webSocket } from '../clients/carriers.ts'
import { after } from '../clients/crowd.ts'
import { type Fault, inDigits, type Result } from '../result.ts'
import { Cluster, type ClusterOptions, ClusterScene, Services } from './cluster-scene.ts'

const rooms = 20
const sendersPerRoom = 4
/** Far more than can be stored: each sender always has as much under way as it may. */
const perSecond = 20_000

export async function hot(seconds: number, options?: ClusterOptions): Promise<Result> {
  await using services = await Services.start()
  await using cluster = await Cluster.start(services, { nodes: 2, ...options })
  const failures: string[] = []
  const scenes: ClusterScene[] = []
  for (let i = 0; i < rooms; i++) {
    const options = { room: `hot-${i}`, senders: sendersPerRoom, viewers: 0, isFixed: true, carry: () => webSocket }
    scenes.push(await ClusterScene.open(cluster, options))
  }
  try {
    for (const scene of scenes) scene.talk(perSecond / rooms)
    await after(1_000 * seconds)
    const inTime = scenes.reduce((sum, { acknowledged }) => sum + acknowledged, 0)
    const senders = scenes.flatMap((scene) => scene.senders)
    const underWay = senders.reduce((sum, { waiting }) => sum + waiting, 0) / senders.length
    for (const scene of scenes) scene.hush()
    const reports: Report[] = []
    for (const scene of scenes) {
      if (!(await scene.rest())) failures.push(`not everyone was level in ${scene.room}`)
      reports.push(await scene.verdict(['seam', 'entry-before-sent']))
    }
    const deadlocks = await cluster.deadlocks()
    if (deadlocks) failures.push(`${deadlocks} deadlocks`)
    failures.push(...cluster.failures())
    const report = sumOf(reports)
    const ids = await Promise.all(scenes.map(async ({ room }) => (await cluster.readSql(room)).entries.length))
    if (ids.some((count) => count === 0)) failures.push('nothing was written in one of the rooms')
    const notes = [
      `2 nodes, ${rooms} rooms, ${sendersPerRoom} senders in each; ${inDigits(Math.round(inTime / seconds))} acknowledged a second, beside the clients`,
      `each sender had ${underWay.toFixed(1)} messages without an answer in the end, on average`,
      `${inDigits(report.shows)} deliveries; ${deadlocks} deadlocks`,
    ]
    return { fault: `two nodes write to ${rooms} rooms`, count: seconds, unit: 'seconds', report, failures, notes }
  } finally {
    for (const scene of scenes) scene.goHome()
  }
}

/** Of all rooms together. */
export function sumOf(reports: Report[]): Report {
  const [first, ...others] = reports
  if (!first) throw new Error('There must be a report.')
  const sum = structuredClone(first)
  for (const report of others) {
    for (const key of numbers) sum[key] += report[key]
    Object.assign(sum.violations, report.violations)
  }
  return sum
}

const numbers = ['said', 'acknowledged', 'shows', 'allowed', 'lost', 'doubled', 'outOfOrder', 'phantom'] as const

export default {
  short: async () => [await hot(3)],
  long: async () => [await hot(120)],
} satisfies Fault
