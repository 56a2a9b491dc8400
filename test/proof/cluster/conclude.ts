/** What the rows have in common: the load, and how they end. */
import { type Carry, carriers, webSocket } from '../clients/carriers.ts'
import type { WireFault } from '../history.ts'
import type { Result } from '../result.ts'
import { inDigits } from '../result.ts'
import { allowedFaults, type ClusterScene } from './cluster-scene.ts'

export interface Load {
  senders: number
  viewers: number
  perSecond: number
  /** Clients that lose their connection and come back to another node. */
  movesPerSecond: number
}

/** With each transport at each node. */
export const shortLoad: Load = { senders: 15, viewers: 5, perSecond: 60, movesPerSecond: 2 }
export const longLoad: Load = { senders: 30, viewers: 30, perSecond: 200, movesPerSecond: 5 }

/** Of 20 clients. With polls each delivery is a request, and a fifth of the clients on each transport is more than two processors carry. */
const shares: Readonly<Record<string, number>> = {
  WebSocket: 12,
  'event stream': 3,
  'Socket.IO': 3,
  'long poll': 1,
  'Socket.IO, polling': 1,
}
const ofTwenty = Object.entries(shares).flatMap(([name, share]) =>
  new Array<Carry>(share).fill(carriers[name] ?? webSocket),
)

/** All transports, as far as the number of clients allows it. */
export const fewPollers = (client: number): Carry => ofTwenty[(client * 7) % ofTwenty.length] ?? webSocket

export function crowd({ senders, viewers, perSecond }: Load, nodes = 3): string {
  return `${nodes} nodes, ${senders} senders and ${viewers} viewers of all transports, ${perSecond} messages a second`
}

/** Lets everybody come to rest, and compares. @param allowed what lines may say besides */
export async function conclude(
  scene: ClusterScene,
  result: Omit<Result, 'report'>,
  allowed: readonly WireFault['type'][] = [],
): Promise<Result> {
  const failures = [...result.failures]
  if (!(await scene.rest())) failures.push(`not everyone was level in the end: ${whoIsNot(scene)}`)
  failures.push(...scene.cluster.failures())
  const report = await scene.verdict([...allowedFaults, ...allowed])
  const deadlocks = await scene.cluster.deadlocks()
  const notes = [
    ...result.notes,
    `${inDigits(report.shows)} deliveries, from saying to showing ${scene.delays}; ${deadlocks} deadlocks`,
  ]
  return { ...result, report, failures, notes }
}

function whoIsNot({ clients, head }: ClusterScene): string {
  const late = clients.filter(({ last = 0, waiting }) => last < head || waiting > 0)
  const each = late.map(
    ({ number, last, waiting, isLive }) => `${number} (${isLive ? 'live' : 'away'}) at ${last}, ${waiting} waiting`,
  )
  return `head ${head}; ${each.slice(0, 5).join('; ')}`
}
