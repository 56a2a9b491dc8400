/** One of each fault in one room, one after the other: what the slow tests have of the rows. */
import { after, between } from '../clients/crowd.ts'
import type { Fault, Result } from '../result.ts'
import { Cluster, ClusterScene, Services } from './cluster-scene.ts'
import { conclude, crowd, type Load, longLoad } from './conclude.ts'
import { cutOffOne, deafenOne, killAndStart, lose, pause } from './redis.ts'

const ackMs = 60_000

type Hurt = (cluster: Cluster) => Promise<void>

const hurts: Record<string, Hurt> = {
  'a node killed': (cluster) => restartNode(cluster, 'SIGKILL'),
  'a node stopped for 3 s': async (cluster) => {
    const node = cluster.any()
    node.pause()
    await after(3_000)
    node.resume()
  },
  'a node restarted': (cluster) => restartNode(cluster, 'SIGTERM'),
  'Redis killed': killAndStart,
  'Redis paused': pause(1_000),
  'a node deaf to Redis': deafenOne(2_000),
  'a node cut off from Redis': cutOffOne(2_000),
  'publications dropped': async (cluster) => {
    await lose(0.05, 2_000)(cluster)
    await lose(0, 0)(cluster)
  },
  'PostgreSQL restarted': (cluster) => restartPostgres(cluster, 'SIGINT'),
  'the postmaster killed': (cluster) => restartPostgres(cluster, 'SIGKILL'),
  'commits cut': async ({ database }) => {
    Object.assign(database, { cutsLeft: 3, cutRate: 0.3 })
    await after(2_000)
    database.cutsLeft = 0
  },
}

async function restartNode(cluster: Cluster, signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
  const node = cluster.any()
  await node.kill(signal)
  await node.start()
}

async function restartPostgres({ services: { postgres } }: Cluster, signal: 'SIGINT' | 'SIGKILL'): Promise<void> {
  await postgres.end(signal)
  await postgres.startAgain()
}

async function mixed(rounds: number, load: Load): Promise<Result> {
  await using services = await Services.start()
  await using cluster = await Cluster.start(services)
  await using scene = await ClusterScene.open(cluster, { ...load, mayMissRefusals: true })
  const failures: string[] = []
  scene.talk(load.perSecond)
  scene.move(load.movesPerSecond)
  for (let round = 1; round <= rounds; round++) {
    for (const [name, hurt] of Object.entries(hurts)) {
      await after(between(100, 400))
      await hurt(cluster)
      if (!(await scene.acknowledges(1, ackMs))) failures.push(`nothing was acknowledged for 60 s after ${name}`)
    }
  }
  const notes = [crowd(load), Object.keys(hurts).join(', ')]
  const count = rounds * Object.keys(hurts).length
  return await conclude(scene, { fault: 'one fault after the other', count, unit: 'faults', failures, notes })
}

export default {
  short: async () => [await mixed(1, { senders: 10, viewers: 5, perSecond: 25, movesPerSecond: 2 })],
  long: async () => [await mixed(10, longLoad)],
} satisfies Fault
