import type { Benchmark, Figure, Figures } from '../benchmark.ts'
import { type Costs, costsOf, fanOut } from '../cluster/fan-out.ts'
import { maxUsers, Nodes } from '../cluster/nodes.ts'
import { rateOf, type Traffic, trafficDuring } from '../cluster/redis-traffic.ts'
import { repeat } from '../cluster/repeating.ts'
import { gather, signIn } from '../load/crowd.ts'
import type { Dialect } from '../load/dialects.ts'
import { PacedRoom } from '../load/paced.ts'
import { withServer } from '../load/with-server.ts'
import { type Target, targets } from '../targets.ts'

const rooms = 20
const senders = 198
const latency = { perSecond: 50, ms: 5_000 }
const quietMs = 3_000

export const cluster: Benchmark = {
  name: 'cluster',
  about: `Three nodes with PostgreSQL (each commit synced) and Redis, all of them and the load on one machine. ${senders} senders over the nodes, each sends again once its message is acknowledged: in ${rooms} rooms of about ${Math.round(senders / rooms)}, and all in one room. Then ${latency.perSecond} messages a second from one node to clients of the others, and ${fanOut.perSecond} a second into rooms of ${fanOut.small} and of ${fanOut.large.toLocaleString('en')} members. Socket.IO uses its Redis streams adapter: it acknowledges nothing, so that a sender's own message coming back stands for it, and stores messages in the stream only. "One node" is the same program alone with SQLite, in the same run.`,
  targets: [targets.teahouseNodes, targets.socketIoNodes],
  rounds: 3,
  figures: [
    { key: 'rooms', label: `acknowledged a second, ${rooms} rooms`, decimals: 0 },
    { key: 'roomsP99', label: 'p99, ms', decimals: 0 },
    { key: 'room', label: 'acknowledged a second, one room', decimals: 0 },
    { key: 'roomP99', label: 'p99, ms', decimals: 0 },
    { key: 'p50', label: 'node to node: p50, ms', decimals: 1 },
    { key: 'p99', label: 'node to node: p99, ms', decimals: 1 },
    { key: 'cpu', label: 'CPU of the nodes for each delivery, µs', decimals: 2 },
    { key: 'cpuRatio', label: 'as a multiple of one node', decimals: 2 },
    ...costFigures('nodes', 'of the nodes'),
    ...costFigures('one', 'of one node'),
    { key: 'messages10', label: `backplane messages for each chat message, ${fanOut.small} members`, decimals: 2 },
    { key: 'messages1000', label: `${fanOut.large.toLocaleString('en')} members`, decimals: 2 },
    { key: 'bytes10', label: `backplane bytes for each chat message, ${fanOut.small} members`, decimals: 0 },
    { key: 'bytes1000', label: `${fanOut.large.toLocaleString('en')} members`, decimals: 0 },
    { key: 'nodesCpu', label: 'CPU for each append, 20 rooms, µs: nodes', decimals: 0 },
    { key: 'postgresCpu', label: 'PostgreSQL', decimals: 0 },
    { key: 'redisCpu', label: 'Redis', decimals: 0 },
    { key: 'loadCpu', label: 'the load', decimals: 0 },
  ],
  goals: [
    { figure: 'rooms', atLeast: 8_000 },
    { figure: 'roomsP99', atMost: 100 },
    { figure: 'room', atLeast: 5_000 },
    { figure: 'cpuRatio', atMost: 1.15 },
  ],
  async run(target) {
    const one = await alone(target.dialect.hasSessions ? targets.teahouse : targets.socketIo)
    const nodes = await Nodes.start(target, target.dialect.hasSessions)
    try {
      return { ...(await measure(nodes, target, one)) }
    } finally {
      await nodes.end()
    }
  },
}

/** What the processor time of a delivery is made of. */
function costFigures(key: string, whose: string): Figure[] {
  return [
    { key: `${key}Message`, label: `CPU ${whose} for each message to ${fanOut.small} members, µs`, decimals: 0 },
    { key: `${key}Member`, label: 'for each further member, µs', decimals: 2 },
    { key: `${key}Idle`, label: 'a second while nobody writes, µs', decimals: 0 },
  ]
}

function costValues(key: string, { message, member, idle }: Costs): Figures {
  return { [`${key}Message`]: message, [`${key}Member`]: member, [`${key}Idle`]: idle }
}

async function measure(nodes: Nodes, target: Target, single: Costs): Promise<Figures> {
  const { dialect } = target
  const roomOf = (index: number) => `room-${index % rooms}`
  const many = await nodes.gather(senders, roomOf)
  const cpu: (ReturnType<Nodes['cpu']> & { load: number })[] = []
  const inRooms = await repeat(dialect, many.sockets, roomOf, () => cpu.push({ ...nodes.cpu(), load: ownCpu() }))
  for (const socket of many.sockets) socket.destroy()
  const spent = (layer: 'nodes' | 'postgres' | 'redis' | 'load') =>
    ((cpu[1]?.[layer] ?? 0) - (cpu[0]?.[layer] ?? 0)) / inRooms.measured

  const one = await nodes.gather(senders, () => 'one-room')
  const inRoom = await repeat(dialect, one.sockets, () => 'one-room')
  for (const socket of one.sockets) socket.destroy()

  const between = await nodeToNode(nodes, target)
  const { costs, traffic } = await fannedOut(nodes, dialect)
  const [small, large] = [traffic.get(fanOut.small), traffic.get(fanOut.large)]
  return {
    rooms: inRooms.acknowledged,
    roomsP99: inRooms.p99,
    room: inRoom.acknowledged,
    roomP99: inRoom.p99,
    ...between,
    cpu: costs.delivery,
    cpuRatio: costs.delivery / single.delivery,
    ...costValues('nodes', costs),
    ...costValues('one', single),
    messages10: small?.messages ?? Number.NaN,
    messages1000: large?.messages ?? Number.NaN,
    bytes10: small?.bytes ?? Number.NaN,
    bytes1000: large?.bytes ?? Number.NaN,
    nodesCpu: spent('nodes'),
    ...(dialect.hasSessions && { postgresCpu: spent('postgres') }),
    redisCpu: spent('redis'),
    loadCpu: spent('load'),
  }
}

/** In microseconds. */
function ownCpu(): number {
  const { user, system } = process.cpuUsage()
  return user + system
}

/** From senders at the first node to readers at the others. */
async function nodeToNode(nodes: Nodes, target: Target): Promise<{ p50: number; p99: number }> {
  const { sockets, of } = await nodes.gather(30, () => 'between')
  const [first = [], ...others] = of
  const room = new PacedRoom(target.dialect, 'between')
  const readers = others.flat()
  for (const reader of readers) room.listen(reader)
  for (const sender of first) sender.onText = () => {}
  await room.sendTo(readers.length, first, latency.perSecond, latency.ms)
  await room.complete()
  for (const socket of sockets) socket.destroy()
  return { p50: room.latencies.percentile(0.5), p99: room.latencies.percentile(0.99) }
}

/** @returns besides the costs what goes through Redis for each message, by the number of members */
async function fannedOut(nodes: Nodes, dialect: Dialect) {
  const traffic = new Map<number, Traffic>()
  const quiet = await rateOf(nodes.redis.port, quietMs)
  const gather = async (members: number, room: string) => (await nodes.gather(members, () => room)).sockets
  const servers = { dialect, gather, cpu: () => nodes.cpu().nodes }
  const costs = await costsOf(servers, async (members, send) => {
    let sent = 0
    const { messages, bytes } = await trafficDuring(nodes.redis.port, quiet, async () => {
      sent = await send()
    })
    traffic.set(members, { messages: messages / sent, bytes: bytes / sent })
  })
  return { costs, traffic }
}

/** The same rooms on a server that is alone. Each has users of its own: the keys of their messages begin anew. */
function alone(target: Target): Promise<Costs> {
  return withServer(target, async (server) => {
    const { dialect } = target
    let users = 0
    const gatherIn = async (members: number, room: string) => {
      const cookies = await signIn(target, server.port, Math.min(members, 3 * maxUsers), users)
      users += cookies.length
      return await gather({ target, server, cookies, count: members, roomsOf: () => [room] })
    }
    return await costsOf({ dialect, gather: gatherIn, cpu: () => server.cpuMicroseconds() })
  })
}
