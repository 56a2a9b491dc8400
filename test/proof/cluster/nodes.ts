/** Nodes that are killed, and nodes that stand still and go on. */
import { after, between } from '../clients/crowd.ts'
import { Delays } from '../delays.ts'
import type { Fault, Result } from '../result.ts'
import type { ServerProcess } from '../server.ts'
import { Cluster, ClusterScene, Services } from './cluster-scene.ts'
import { conclude, crowd, fewPollers, type Load, longLoad, shortLoad } from './conclude.ts'

const firstAckMs = 30_000

async function killed(services: Services, kills: number, load: Load): Promise<Result> {
  await using cluster = await Cluster.start(services)
  await using scene = await ClusterScene.open(cluster, { ...load, carry: fewPollers })
  const recovery = new Delays()
  const failures: string[] = []
  scene.talk(load.perSecond)
  scene.move(load.movesPerSecond)
  for (let kill = 1; kill <= kills; kill++) {
    await after(between(300, 1_200))
    const node = cluster.any()
    await node.kill('SIGKILL')
    const killedAt = performance.now()
    if (!(await scene.acknowledges(1, firstAckMs)))
      failures.push(`nothing was acknowledged for 30 s after kill ${kill}`)
    recovery.add(performance.now() - killedAt)
    await node.start()
    if (kill % 50 === 0) console.error(`${kill} kills`)
  }
  const notes = [crowd(load), `next acknowledgement after a kill, by the others: ${recovery}`]
  return await conclude(scene, { fault: 'kill -9 of a node', count: kills, unit: 'kills', failures, notes })
}

async function stopped(services: Services, stops: number, stopMs: number, load: Load): Promise<Result> {
  await using cluster = await Cluster.start(services)
  await using scene = await ClusterScene.open(cluster, { ...load, carry: fewPollers })
  const recovery = new Delays()
  const failures: string[] = []
  scene.talk(load.perSecond)
  for (let stop = 1; stop <= stops; stop++) {
    await after(between(300, 1_200))
    const node = cluster.any()
    node.pause()
    const stoppedAt = performance.now()
    // Of a transaction that the node holds open, others wait for the end.
    if (!(await scene.acknowledges(20, firstAckMs)))
      failures.push(`nothing was acknowledged for 30 s after stop ${stop}`)
    recovery.add(performance.now() - stoppedAt)
    await after(stopMs - (performance.now() - stoppedAt))
    node.resume()
    if (!(await isServing(node, firstAckMs))) failures.push(`the node was not healthy 30 s after stop ${stop}`)
  }
  const notes = [crowd(load), `stopped for ${stopMs / 1_000} s; 20 acknowledgements after a stop: ${recovery}`]
  return await conclude(scene, { fault: 'SIGSTOP of a node', count: stops, unit: 'stops', failures, notes })
}

async function isServing({ url }: ServerProcess, limitMs: number): Promise<boolean> {
  const end = performance.now() + limitMs
  while (performance.now() < end) {
    const isHealthy = await fetch(`${url}/healthz`).then(
      ({ ok }) => ok,
      () => false,
    )
    if (isHealthy) return true
    await after(100)
  }
  return false
}

async function run(kills: number, stops: number, stopMs: number, load: Load): Promise<Result[]> {
  await using services = await Services.start()
  return [await killed(services, kills, load), await stopped(services, stops, stopMs, load)]
}

export default {
  short: () => run(10, 1, 7_000, shortLoad),
  long: () => run(300, 3, 30_000, { ...longLoad, perSecond: 40 }),
} satisfies Fault
