/** PostgreSQL that is restarted and killed, and connections to it that are cut during a commit. */
import { after, becomes, between } from '../clients/crowd.ts'
import { Delays } from '../delays.ts'
import type { Fault, Result } from '../result.ts'
import { Cluster, ClusterScene, Services } from './cluster-scene.ts'
import { conclude, crowd, type Load, longLoad, shortLoad } from './conclude.ts'

const firstAckMs = 60_000

async function ended(services: Services, signal: 'SIGINT' | 'SIGKILL', count: number, load: Load): Promise<Result> {
  await using cluster = await Cluster.start(services)
  await using scene = await ClusterScene.open(cluster, { ...load, mayMissRefusals: true })
  const recovery = new Delays()
  const failures: string[] = []
  scene.talk(load.perSecond)
  scene.move(load.movesPerSecond)
  for (let i = 1; i <= count; i++) {
    await after(between(300, 1_500))
    await services.postgres.end(signal)
    await services.postgres.startAgain()
    const backAt = performance.now()
    if (!(await scene.acknowledges(1, firstAckMs))) failures.push(`nothing was acknowledged for 60 s, time ${i}`)
    recovery.add(performance.now() - backAt)
  }
  const notes = [crowd(load), `first acknowledgement after PostgreSQL takes connections: ${recovery}`]
  const fault = signal === 'SIGINT' ? 'PostgreSQL restarted' : 'kill -9 of the postmaster'
  return await conclude(scene, { fault, count, unit: signal === 'SIGINT' ? 'restarts' : 'kills', failures, notes })
}

async function cut(services: Services, count: number, load: Load): Promise<Result> {
  await using cluster = await Cluster.start(services)
  await using scene = await ClusterScene.open(cluster, { ...load, mayMissRefusals: true })
  const failures: string[] = []
  scene.talk(load.perSecond)
  scene.move(load.movesPerSecond)
  const { database } = cluster
  Object.assign(database, { cutsLeft: count, cutRate: 0.1 })
  if (!(await becomes(() => database.cuts >= count, 60_000 + 2_000 * count)))
    failures.push(`only ${database.cuts} of ${count} commits of messages were cut`)
  database.cutsLeft = 0
  if (!(await scene.acknowledges(10, firstAckMs))) failures.push('nothing was acknowledged for 60 s after the last cut')
  const { cuts, arrived } = database
  const notes = [
    crowd(load),
    `of ten commits of messages one is cut: ${arrived} had arrived and were stored, ${cuts - arrived} had not`,
  ]
  const unit = 'cuts during a commit'
  return await conclude(scene, { fault: 'connections to PostgreSQL cut', count: cuts, unit, failures, notes })
}

async function run({ restarts, kills, cuts }: Record<'restarts' | 'kills' | 'cuts', number>, load: Load) {
  await using services = await Services.start()
  return [
    await ended(services, 'SIGINT', restarts, load),
    await ended(services, 'SIGKILL', kills, load),
    await cut(services, cuts, load),
  ]
}

export default {
  short: () => run({ restarts: 1, kills: 2, cuts: 8 }, shortLoad),
  long: () => run({ restarts: 20, kills: 10, cuts: 100 }, longLoad),
} satisfies Fault
