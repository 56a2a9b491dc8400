/** Redis that is killed, that stands still, that one node does not hear or does not reach at all, and that loses publications. */
import { connect } from 'node:net'
import { after, between } from '../clients/crowd.ts'
import { Delays } from '../delays.ts'
import type { Fault, Result } from '../result.ts'
import { Cluster, ClusterScene, Services } from './cluster-scene.ts'
import { conclude, crowd, type Load, longLoad, shortLoad } from './conclude.ts'
import type { RedisProxy } from './redis-proxy.ts'

interface Hurt {
  fault: string
  count: number
  unit: string
  /** Does it once. @returns when it is over */
  hurt(cluster: Cluster): Promise<void>
}

async function hurtRedis(services: Services, { fault, count, unit, hurt }: Hurt, load: Load): Promise<Result> {
  await using cluster = await Cluster.start(services)
  await using scene = await ClusterScene.open(cluster, load)
  const failures: string[] = []
  scene.talk(load.perSecond)
  scene.move(load.movesPerSecond)
  const before = new Delays()
  scene.delays = before
  await after(1_500)
  const meanwhile = new Delays()
  scene.delays = meanwhile
  for (let i = 1; i <= count; i++) {
    await hurt(cluster)
    if (!(await scene.acknowledges(1, 30_000))) failures.push(`nothing was acknowledged for 30 s, time ${i}`)
    await after(between(300, 1_200))
  }
  const dropped = cluster.redis.reduce((sum, proxy) => sum + proxy.dropped, 0)
  const notes = [crowd(load), `from saying to showing before it: ${before}`, `while it happens: ${meanwhile}`]
  if (dropped) notes.push(`${dropped} messages to nodes were dropped`)
  scene.delays = new Delays()
  return await conclude(scene, { fault, count, unit, failures, notes })
}

export async function killAndStart({ services: { redis } }: Cluster): Promise<void> {
  await redis.kill()
  await after(between(200, 1_500))
  await redis.start()
}

/** Commands wait, also those of the probe. */
export const pause = (ms: number) => async (cluster: Cluster) => {
  const socket = connect(cluster.services.redis.port, '127.0.0.1')
  socket.on('error', () => {})
  socket.end(`CLIENT PAUSE ${ms} ALL\r\n`)
  await after(ms)
}

/** What it publishes reaches the others. */
export const deafenOne = (ms: number) => (cluster: Cluster) => hurtOne(cluster, ms, (proxy) => proxy.deafen())

/** What it publishes is lost too. */
export const cutOffOne = (ms: number) => (cluster: Cluster) => hurtOne(cluster, ms, (proxy) => proxy.cutOff())

async function hurtOne({ redis }: Cluster, ms: number, hurt: (proxy: RedisProxy) => void): Promise<void> {
  const proxy = redis[Math.floor(Math.random() * redis.length)] as RedisProxy
  hurt(proxy)
  await after(ms)
  proxy.restore()
}

export const lose = (share: number, ms: number) => async (cluster: Cluster) => {
  for (const proxy of cluster.redis) proxy.lossRate = share
  await after(ms)
}

async function run(count: number, ms: number, lossyMs: number, load: Load): Promise<Result[]> {
  await using services = await Services.start()
  const half = Math.ceil(count / 2)
  const hurts: Hurt[] = [
    { fault: 'Redis killed and started', count, unit: 'kills', hurt: killAndStart },
    { fault: 'Redis paused', count: half, unit: 'pauses', hurt: pause(ms) },
    { fault: 'one node does not hear Redis', count: half, unit: 'times', hurt: deafenOne(ms) },
    { fault: 'one node and Redis do not hear each other', count: half, unit: 'times', hurt: cutOffOne(ms) },
    { fault: '5 % of publications dropped', count: 1, unit: 'run', hurt: lose(0.05, lossyMs) },
  ]
  const results: Result[] = []
  for (const hurt of hurts) results.push(await hurtRedis(services, hurt, load))
  return results
}

export default {
  short: () => run(2, 2_000, 4_000, shortLoad),
  long: () => run(20, 8_000, 60_000, longLoad),
} satisfies Fault
