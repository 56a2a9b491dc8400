import type { Benchmark, Figures } from '../benchmark.ts'
import { mostUsers, Nodes } from '../cluster/nodes.ts'
import { rateOf, type TrafficRate, trafficDuring } from '../cluster/redis-traffic.ts'
import { repeat } from '../cluster/repeating.ts'
import { gather, signIn } from '../load/crowd.ts'
import { PacedRoom } from '../load/paced.ts'
import { withServer } from '../load/with-server.ts'
import { type Target, targets } from '../targets.ts'

const rooms = 20
const senders = 198
const latency = { perSecond: 50, ms: 5_000 }
const fanOut = { small: 10, large: 1_000, perSecond: 20, ms: 5_000 }
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
    { key: 'messages10', label: `backplane messages for each chat message, ${fanOut.small} members`, decimals: 2 },
    { key: 'messages1000', label: `${fanOut.large.toLocaleString('en')} members`, decimals: 2 },
    { key: 'bytes10', label: `backplane bytes for each chat message, ${fanOut.small} members`, decimals: 0 },
    { key: 'bytes1000', label: `${fanOut.large.toLocaleString('en')} members`, decimals: 0 },
    { key: 'nodesCpu', label: 'CPU for each append, 20 rooms, µs: nodes', decimals: 0 },
    { key: 'postgresCpu', label: 'PostgreSQL', decimals: 0 },
    { key: 'redisCpu', label: 'Redis', decimals: 0 },
  ],
  goals: [
    { figure: 'rooms', atLeast: 8_000 },
    { figure: 'roomsP99', atMost: 100 },
    { figure: 'room', atLeast: 5_000 },
    { figure: 'cpuRatio', atMost: 1.15 },
  ],
  async run(target) {
    const single = target.dialect.hasSessions ? targets.teahouse : targets.socketIo
    const cpuOfOne = await alone(single)
    const nodes = await Nodes.start(target, target.dialect.hasSessions)
    try {
      return { ...(await measure(nodes, target, cpuOfOne)) }
    } finally {
      await nodes.end()
    }
  },
}

async function measure(nodes: Nodes, target: Target, cpuOfOne: number): Promise<Figures> {
  const { dialect } = target
  const port = nodes.redis.port
  const roomOf = (index: number) => `room-${index % rooms}`
  const many = await nodes.gather(senders, roomOf)
  const cpu: ReturnType<Nodes['cpu']>[] = []
  const inRooms = await repeat(dialect, many.sockets, roomOf, () => cpu.push(nodes.cpu()))
  for (const socket of many.sockets) socket.destroy()
  const spent = (layer: 'nodes' | 'postgres' | 'redis') =>
    ((cpu[1]?.[layer] ?? 0) - (cpu[0]?.[layer] ?? 0)) / inRooms.measured

  const one = await nodes.gather(senders, () => 'one-room')
  const inRoom = await repeat(dialect, one.sockets, () => 'one-room')
  for (const socket of one.sockets) socket.destroy()

  const between = await nodeToNode(nodes, target)
  const quiet = await rateOf(port, quietMs)
  const small = await fannedOut(nodes, target, fanOut.small, quiet)
  const large = await fannedOut(nodes, target, fanOut.large, quiet)
  return {
    rooms: inRooms.acknowledged,
    roomsP99: inRooms.p99,
    room: inRoom.acknowledged,
    roomP99: inRoom.p99,
    ...between,
    cpu: large.cpu,
    cpuRatio: large.cpu / cpuOfOne,
    messages10: small.messages,
    messages1000: large.messages,
    bytes10: small.bytes,
    bytes1000: large.bytes,
    nodesCpu: spent('nodes'),
    ...(dialect.hasSessions && { postgresCpu: spent('postgres') }),
    redisCpu: spent('redis'),
  }
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

async function fannedOut(nodes: Nodes, target: Target, members: number, quiet: TrafficRate) {
  const name = `fan-out-${members}`
  const { sockets } = await nodes.gather(members, () => name)
  const room = new PacedRoom(target.dialect, name)
  for (const socket of sockets) room.listen(socket)
  // Lists of who is there are on their way for some seconds.
  await new Promise((resolve) => setTimeout(resolve, quietMs))
  const before = nodes.cpu().nodes
  const { messages, bytes } = await trafficDuring(nodes.redis.port, quiet, async () => {
    await room.send(sockets, fanOut.perSecond, fanOut.ms)
    await room.complete()
  })
  const cpu = (nodes.cpu().nodes - before) / room.delivered
  for (const socket of sockets) socket.destroy()
  return { cpu, messages: messages / room.sent, bytes: bytes / room.sent }
}

/** The same large room on a server that is alone. @returns its processor time for each delivery */
function alone(target: Target): Promise<number> {
  return withServer(target, async (server) => {
    const cookies = await signIn(target, server.port, 3 * mostUsers)
    const name = `fan-out-${fanOut.large}`
    const sockets = await gather({ target, server, cookies, count: fanOut.large, roomsOf: () => [name] })
    const room = new PacedRoom(target.dialect, name)
    for (const socket of sockets) room.listen(socket)
    await new Promise((resolve) => setTimeout(resolve, quietMs))
    const before = server.cpuMicroseconds()
    await room.send(sockets, fanOut.perSecond, fanOut.ms)
    await room.complete()
    return (server.cpuMicroseconds() - before) / room.delivered
  })
}
