/** The primary of PostgreSQL is killed, and a standby takes over: a synchronous one, and one that was left behind. */
import { after, becomes, between } from '../clients/crowd.ts'
import { Delays } from '../delays.ts'
import { type Fault, inDigits, type Result } from '../result.ts'
import { endedByItself, type ServerProcess } from '../server.ts'
import { Cluster, ClusterScene, Services } from './cluster-scene.ts'
import { conclude, crowd, type Load, longLoad } from './conclude.ts'

const firstAckMs = 60_000
/** From the promotion until the last node has found out that something is missing. */
const detectMs = 30_000

interface Form {
  times: number
  nodes: number
  load: Load
}

/** SIGKILL leaves processes of the server behind, which end when they notice; SIGQUIT ends all of them at once. */
const signalOf = (time: number) => (time % 2 ? 'SIGKILL' : 'SIGQUIT')

async function synchronous({ times, nodes, load }: Form): Promise<Result> {
  await using services = await Services.start()
  await using cluster = await Cluster.start(services, { nodes })
  await using scene = await ClusterScene.open(cluster, { ...load, mayMissRefusals: true })
  const recovery = new Delays()
  const failures: string[] = []
  scene.talk(load.perSecond)
  scene.move(load.movesPerSecond)
  for (let time = 1; time <= times; time++) {
    const primary = cluster.postgres
    const standby = await cluster.newStandby()
    await primary.waitForStandby()
    if (!(await scene.acknowledges(20, firstAckMs))) failures.push(`nothing was acknowledged with standby ${time}`)
    await after(between(0, 500))
    await primary.end(signalOf(time))
    // Nodes that come before it is promoted are to wait.
    const isEarly = time % 2 === 1
    if (isEarly) cluster.turnTo(standby)
    await standby.promote()
    const promotedAt = performance.now()
    if (!isEarly) cluster.turnTo(standby)
    if (!(await scene.acknowledges(1, firstAckMs))) failures.push(`nothing was acknowledged after failover ${time}`)
    recovery.add(performance.now() - promotedAt)
  }
  const { epochs } = scene.history
  if (epochs.length !== 1) failures.push(`the epoch changed ${epochs.length - 1} times, though nothing was lost`)
  const notes = [crowd(load, nodes), `first acknowledgement after the standby was promoted: ${recovery}`]
  const fault = 'failover to a synchronous standby'
  return await conclude(scene, { fault, count: times, unit: 'failovers', failures, notes })
}

async function asynchronous({ times, nodes, load }: Form): Promise<Result> {
  await using services = await Services.start()
  await using cluster = await Cluster.start(services, { nodes })
  await using scene = await ClusterScene.open(cluster, { ...load, mayMissRefusals: true })
  const [detection, recovery] = [new Delays(), new Delays()]
  const failures: string[] = []
  const { history } = scene
  scene.talk(load.perSecond)
  scene.move(load.movesPerSecond)
  for (let time = 1; time <= times; time++) {
    const primary = cluster.postgres
    const standby = await cluster.newStandby()
    await standby.leaveBehind()
    const lostBefore = history.lostAcks.length
    if (!(await scene.acknowledges(20, firstAckMs))) failures.push(`nothing was acknowledged before failover ${time}`)
    await after(between(0, 500))
    await primary.end(signalOf(time))
    await standby.promote()
    history.endEpoch((await cluster.readSql(scene.room, standby)).head)
    cluster.turnTo(standby)
    const promotedAt = performance.now()
    const epoch = await cluster.epoch()
    failures.push(...(await startEnded(cluster.nodes, detection)).map((failure) => `${failure}, time ${time}`))
    if ((await cluster.epoch()) === epoch) failures.push(`the epoch did not change, time ${time}`)
    if (history.lostAcks.length === lostBefore) failures.push(`nothing was lost at failover ${time}: it shows nothing`)
    if (!(await becomes(() => history.epochs.length === time + 1, firstAckMs)))
      failures.push(`clients were told of ${history.epochs.length - time} new epochs instead of 1, time ${time}`)
    if (!(await scene.acknowledges(10, firstAckMs))) failures.push(`nothing was acknowledged after failover ${time}`)
    recovery.add(performance.now() - promotedAt)
  }
  if ((await cluster.epoch()) !== history.epoch) failures.push('clients have another epoch than the database')
  const notes = [
    crowd(load, nodes),
    `${inDigits(history.lostAcks.length)} acknowledged messages were lost with the primary, and known to be: ${history.epochs.length} epochs`,
    `from the promotion to the end of each node: ${detection}`,
    `from the promotion to ten acknowledgements in the new log: ${recovery}`,
  ]
  const fault = 'failover to a standby that was behind'
  return await conclude(scene, { fault, count: times, unit: 'failovers', failures, notes }, ['new-epoch'])
}

/** Nodes end with code 1 when they find out, and the manager of services starts them again. @returns what was otherwise */
async function startEnded(nodes: readonly ServerProcess[], detection: Delays): Promise<string[]> {
  const since = performance.now()
  const failures = nodes.map(async (node, i) => {
    if (!(await becomes(() => !node.isRunning, detectMs))) return [`node ${i + 1} did not find out`]
    detection.add(performance.now() - since)
    const how = node.unasked.splice(0)
    await node.start()
    const isRight = how.length === 1 && how[0] === `${endedByItself} with 1`
    return isRight ? [] : [`node ${i + 1} ${how}`]
  })
  return (await Promise.all(failures)).flat()
}

async function run(form: Form): Promise<Result[]> {
  return [await synchronous(form), await asynchronous(form)]
}

export default {
  short: () => run({ times: 1, nodes: 2, load: { senders: 5, viewers: 5, perSecond: 15, movesPerSecond: 1 } }),
  long: () => run({ times: 20, nodes: 3, load: longLoad }),
} satisfies Fault
