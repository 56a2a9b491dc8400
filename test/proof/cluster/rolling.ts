/** All nodes restarted one after the other, with clients that do as `bye` says. */
import { becomes } from '../clients/crowd.ts'
import { Delays, inWords } from '../delays.ts'
import type { Fault, Result } from '../result.ts'
import { Cluster, ClusterScene, Services } from './cluster-scene.ts'
import { conclude, crowd, fewPollers, type Load, longLoad, shortLoad } from './conclude.ts'

/** As on the page, but for a shorter patience: restarts that follow each other are no reason to wait half a minute. */
const times = { maxRetryMs: 2_000 }
const backMs = 60_000

async function rolled(clients: number, rounds: number, load: Load): Promise<Result> {
  await using services = await Services.start()
  await using cluster = await Cluster.start(services, { isDirect: true })
  await using scene = await ClusterScene.open(cluster, {
    ...load,
    viewers: clients - load.senders,
    times,
    carry: fewPollers,
  })
  const [ending, back] = [new Delays(), new Delays()]
  const failures: string[] = []
  scene.talk(load.perSecond)
  for (let round = 1; round <= rounds; round++) {
    for (const [i, node] of cluster.nodes.entries()) {
      const asked = performance.now()
      const moved = scene.clients.map(({ line }) => line.opened)
      const how = await node.kill('SIGTERM')
      ending.add(performance.now() - asked)
      if (how !== 0) failures.push(`node ${i + 1} ended with ${how} instead of 0`)
      await node.start()
      const isBack = await becomes(() => scene.clients.every(({ isLive }) => isLive), backMs)
      if (!isBack) failures.push(`not everyone was back 60 s after node ${i + 1} was restarted`)
      for (const [n, { line, liveAt }] of scene.clients.entries())
        if (line.opened > (moved[n] ?? 0)) back.add(liveAt - asked)
    }
  }
  const notes = [
    crowd({ ...load, viewers: clients - load.senders }),
    `from SIGTERM to the end of the node: ${ending}`,
    `from SIGTERM to everything missed being there, each client that had to move: ${back}`,
    `the slowest of all deliveries ${inWords(scene.delays.maxMs)} after it was said`,
  ]
  const count = rounds * cluster.nodes.length
  const fault = `rolling restart under ${clients.toLocaleString('en-US')} clients`
  return await conclude(scene, { fault, count, unit: 'restarts', failures, notes })
}

export default {
  short: async () => [await rolled(60, 1, { ...shortLoad, perSecond: 20 })],
  long: async () => [await rolled(3_000, 3, { ...longLoad, perSecond: 3 })],
} satisfies Fault
