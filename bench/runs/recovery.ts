import { setTimeout as sleep } from 'node:timers/promises'
import { webSocket } from '../../test/proof/clients/carriers.ts'
import { becomes } from '../../test/proof/clients/crowd.ts'
import { pageTimes } from '../../test/proof/clients/proof-socket.ts'
import { Cluster, ClusterScene, Services } from '../../test/proof/cluster/cluster-scene.ts'
import type { ServerProcess } from '../../test/proof/server.ts'
import type { Benchmark, Figures } from '../benchmark.ts'
import { targets } from '../targets.ts'

const clients = { senders: 30, viewers: 30 }
const perSecond = 50
const settleMs = 3_000
const limitMs = 120_000

export const recovery: Benchmark = {
  name: 'recovery',
  about: `Three nodes with PostgreSQL (here without fsync) and Redis, ${clients.senders + clients.viewers} clients over WebSockets that wait between attempts as the page does, ${perSecond} messages a second. Each fault once: a node killed and a node stopped (until the last of its clients has what it missed, at another node); Redis killed and, a second later, started (until all nodes say that they hear each other); PostgreSQL restarted (until a message is acknowledged, from the moment when it takes connections).`,
  targets: [targets.teahouseNodes],
  rounds: 3,
  figures: [
    { key: 'killed', label: 'node killed: all clients back, s', decimals: 2 },
    { key: 'stopped', label: 'node stopped: all clients back, s', decimals: 2 },
    { key: 'redis', label: 'Redis back, s', decimals: 2 },
    { key: 'postgres', label: 'PostgreSQL back, s', decimals: 2 },
  ],
  goals: [
    { figure: 'redis', atMost: 3 },
    { figure: 'postgres', atMost: 5 },
  ],
  async run() {
    await using services = await Services.start()
    await using cluster = await Cluster.start(services)
    await using scene = await ClusterScene.open(cluster, { ...clients, times: pageTimes, carry: () => webSocket })
    scene.talk(perSecond)
    const figures: Figures = {}
    for (const [name, measure] of Object.entries(faults)) {
      await sleep(settleMs)
      figures[name] = (await measure(scene)) / 1_000
    }
    if (!(await scene.rest())) throw new Error('Not everyone was level in the end.')
    const { lost, doubled, outOfOrder, phantom } = await scene.verdict()
    if (lost + doubled + outOfOrder + phantom) throw new Error('The log is not what the clients have seen.')
    return figures
  },
}

/** Each resolves with the milliseconds. */
const faults: Record<string, (scene: ClusterScene) => Promise<number>> = {
  async killed(scene) {
    const node = scene.cluster.any()
    const began = performance.now()
    await node.kill('SIGKILL')
    const ms = await untilBack(scene, began)
    await node.start()
    return ms
  },
  async stopped(scene) {
    const node = scene.cluster.any()
    const began = performance.now()
    node.pause()
    // What its clients wait for is that they notice.
    const { head } = scene
    const ms = await untilBack(scene, began, head)
    node.resume()
    return ms
  },
  async redis({ cluster }) {
    const { redis } = cluster.services
    await redis.kill()
    await sleep(1_000)
    await redis.start()
    const began = performance.now()
    await Promise.all(cluster.nodes.map(untilWell))
    return performance.now() - began
  },
  async postgres(scene) {
    const { postgres } = scene.cluster.services
    await postgres.end('SIGINT')
    await postgres.startAgain()
    const began = performance.now()
    if (!(await scene.acknowledges(1, limitMs))) throw new Error('Nothing was acknowledged.')
    return performance.now() - began
  },
}

/** Until each client has displayed what was written after `began`. */
async function untilBack(scene: ClusterScene, began: number, from = scene.head): Promise<number> {
  const written = from + perSecond
  const isBack = () => scene.clients.every(({ isLive, last = 0 }) => isLive && last >= written)
  if (!(await becomes(isBack, limitMs))) throw new Error('Not every client came back.')
  return performance.now() - began
}

async function untilWell({ url }: ServerProcess): Promise<void> {
  for (const end = performance.now() + limitMs; performance.now() < end; await sleep(20)) {
    // A connection of before the fault may be dead.
    const answer = await fetch(`${url}/healthz`).catch(() => undefined)
    const health = (await answer?.json()) as { status: string } | undefined
    if (health?.status === 'ok') return
  }
  throw new Error('A node does not hear the others.')
}
