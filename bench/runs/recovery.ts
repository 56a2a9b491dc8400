import { setTimeout as sleep } from 'node:timers/promises'
import { webSocket } from '../../test/proof/clients/carriers.ts'
import { becomes } from '../../test/proof/clients/crowd.ts'
import { pageTimes } from '../../test/proof/clients/proof-socket.ts'
import { Cluster, ClusterScene, Services } from '../../test/proof/cluster/cluster-scene.ts'
import { cutOffOne, pause } from '../../test/proof/cluster/redis.ts'
import { Delays } from '../../test/proof/delays.ts'
import type { ServerProcess } from '../../test/proof/server.ts'
import type { Benchmark, Figures } from '../benchmark.ts'
import { targets } from '../targets.ts'

const clients = { senders: 30, viewers: 30 }
const perSecond = 50
/** By then a client waits as little as after the first loss of a connection. */
const settleMs = pageTimes.stableMs + 1_000
const limitMs = 120_000
/** Longer than a node waits until it takes its connection to Redis for broken. */
const withoutRedisMs = 8_000
/** Between messages while a node is cut off: a node that gets the next one looks for those before it. */
const quietMs = 2_000

const about = `Three nodes with PostgreSQL (here without fsync) and Redis, ${clients.senders + clients.viewers} clients over WebSockets that wait between attempts as the page does, ${perSecond} messages a second. Each fault once, one after the other, with the clients spread over the nodes before each:

- a node killed, a node stopped: until the last of its clients has what it missed, at another node. Whoever connects may be led to the stopped node again
- Redis killed and, a second later, started; Redis paused for ${withoutRedisMs / 1_000} s: from the moment when it is back until all nodes say that they hear each other
- a node cut off from Redis in both directions for ${withoutRedisMs / 1_000} s, while there is only a message every ${quietMs / 1_000} s: the longest time from saying one at any node to displaying it at any client. The nodes find them in the database
- PostgreSQL restarted, its postmaster killed with \`kill -9\` and started again: until a message is acknowledged, from the moment when it takes connections
- all connections to PostgreSQL cut at once: until each sender has an answer to a message that it said after that
- the primary of PostgreSQL killed, its synchronous standby promoted: until a message is acknowledged, from the end of the promotion`

export const recovery: Benchmark = {
  name: 'recovery',
  about,
  targets: [targets.teahouseNodes],
  rounds: 3,
  figures: [
    { key: 'killed', label: 'node killed: all clients back, s', decimals: 2 },
    { key: 'stopped', label: 'node stopped: all clients back, s', decimals: 2 },
    { key: 'redis', label: 'Redis back, s', decimals: 2 },
    { key: 'paused', label: 'Redis paused: back, s', decimals: 2 },
    { key: 'cutOff', label: 'node without Redis: longest delay, s', decimals: 2 },
    { key: 'postgres', label: 'PostgreSQL back, s', decimals: 2 },
    { key: 'postmaster', label: 'postmaster killed: back, s', decimals: 2 },
    { key: 'cut', label: 'connections cut: back, s', decimals: 2 },
    { key: 'failover', label: 'failover: back, s', decimals: 2 },
  ],
  goals: [
    { figure: 'redis', atMost: 3 },
    { figure: 'paused', atMost: 3 },
    { figure: 'postgres', atMost: 5 },
    { figure: 'postmaster', atMost: 5 },
    { figure: 'cut', atMost: 5 },
    { figure: 'failover', atMost: 5 },
  ],
  async run() {
    await using services = await Services.start()
    await using cluster = await Cluster.start(services)
    const options = { ...clients, times: pageTimes, carry: () => webSocket, mayMissRefusals: true }
    await using scene = await ClusterScene.open(cluster, options)
    scene.talk(perSecond)
    const figures: Figures = {}
    for (const [name, measure] of Object.entries(faults)) {
      await spread(scene)
      await sleep(settleMs)
      figures[name] = (await measure(scene)) / 1_000
    }
    if (!(await scene.rest())) throw new Error('Not everyone was level in the end.')
    const { lost, doubled, outOfOrder, phantom } = await scene.verdict()
    if (lost + doubled + outOfOrder + phantom) throw new Error('The log is not what the clients have seen.')
    return figures
  },
}

/** Each resolves with the milliseconds. The failover is the last: the others know the first server of PostgreSQL. */
const faults: Record<string, (scene: ClusterScene) => Promise<number>> = {
  killed: killNode,
  stopped: stopNode,
  redis: killRedis,
  paused: pauseRedis,
  cutOff: cutOffNode,
  postgres: (scene) => endPostgres(scene, 'SIGINT'),
  postmaster: (scene) => endPostgres(scene, 'SIGKILL'),
  cut: cutConnections,
  failover: failOver,
}

async function killNode(scene: ClusterScene): Promise<number> {
  const node = scene.cluster.any()
  const began = performance.now()
  await node.kill('SIGKILL')
  const ms = await untilBack(scene, began)
  await node.start()
  return ms
}

async function stopNode(scene: ClusterScene): Promise<number> {
  const node = scene.cluster.any()
  const began = performance.now()
  node.pause()
  // What its clients wait for is that they notice.
  const { head } = scene
  const ms = await untilBack(scene, began, head)
  node.resume()
  return ms
}

async function killRedis({ cluster }: ClusterScene): Promise<number> {
  const { redis } = cluster.services
  await redis.kill()
  await sleep(1_000)
  await redis.start()
  return await untilAllHear(cluster)
}

async function pauseRedis({ cluster }: ClusterScene): Promise<number> {
  await pause(withoutRedisMs)(cluster)
  return await untilAllHear(cluster)
}

async function cutOffNode(scene: ClusterScene): Promise<number> {
  if (!(await scene.rest())) throw new Error('Not everyone was level.')
  const delays = new Delays()
  scene.delays = delays
  const restored = cutOffOne(withoutRedisMs)(scene.cluster)
  for (let ms = 0; ms < withoutRedisMs; ms += quietMs) {
    scene.senders[Math.floor(Math.random() * scene.senders.length)]?.say()
    await sleep(quietMs)
  }
  await restored
  if (!(await scene.rest())) throw new Error('Not everyone was level.')
  scene.delays = new Delays()
  scene.talk(perSecond)
  await untilAllHear(scene.cluster)
  return delays.maxMs
}

async function endPostgres(scene: ClusterScene, signal: 'SIGINT' | 'SIGKILL'): Promise<number> {
  const { postgres } = scene.cluster.services
  await postgres.end(signal)
  await postgres.startAgain()
  return await untilAcknowledged(scene)
}

async function cutConnections({ cluster, senders }: ClusterScene): Promise<number> {
  cluster.database.cutAll()
  const began = performance.now()
  const sends = senders.map((sender) => sender.say())
  if (!(await becomes(() => sends.every(({ acks }) => acks.length > 0), limitMs)))
    throw new Error('Not every sender has an answer.')
  return performance.now() - began
}

async function failOver(scene: ClusterScene): Promise<number> {
  const { cluster } = scene
  const primary = cluster.postgres
  const standby = await cluster.newStandby()
  await primary.waitForStandby()
  await primary.end('SIGKILL')
  await standby.promote()
  cluster.turnTo(standby)
  return await untilAcknowledged(scene)
}

/** Each client connects to any node again: after the fault before, one of them may have none. */
async function spread({ clients }: ClusterScene): Promise<void> {
  const opened = clients.map(({ line }) => line.opened)
  for (const { line } of clients) line.tear(0)
  const isBack = () => clients.every(({ isLive, line }, i) => isLive && line.opened > (opened[i] ?? 0))
  if (!(await becomes(isBack, limitMs))) throw new Error('Not every client came back.')
}

/** Until each client has displayed what was written after `began`. */
async function untilBack(scene: ClusterScene, began: number, from = scene.head): Promise<number> {
  const written = from + perSecond
  const isBack = () => scene.clients.every(({ isLive, last = 0 }) => isLive && last >= written)
  if (!(await becomes(isBack, limitMs))) throw new Error('Not every client came back.')
  return performance.now() - began
}

async function untilAcknowledged(scene: ClusterScene): Promise<number> {
  const began = performance.now()
  if (!(await scene.acknowledges(1, limitMs))) throw new Error('Nothing was acknowledged.')
  return performance.now() - began
}

async function untilAllHear({ nodes }: Cluster): Promise<number> {
  const began = performance.now()
  await Promise.all(nodes.map(untilWell))
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
