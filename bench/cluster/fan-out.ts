/** What a message into a room costs the servers, by how many members it has. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Dialect } from '../load/dialects.ts'
import { PacedRoom } from '../load/paced.ts'
import type { RawSocket } from '../load/raw-socket.ts'

export const fanOut = { small: 10, large: 1_000, perSecond: 20, ms: 5_000 }
/** Code that has run a few times only is slow: servers that have run for a day are measured. */
const warmUp = { perSecond: 40, ms: 5_000 }
const settleMs = 3_000

/** Processor time in µs, of all servers together. */
export interface Costs {
  /** A second, while nobody writes. */
  idle: number
  /** Of each delivery in the large room, with all that runs meanwhile. */
  delivery: number
  /** Of each message into the small room, without what is spent while nobody writes. */
  message: number
  /** What one more member adds to a message. */
  member: number
}

interface Servers {
  dialect: Dialect
  gather(members: number, room: string): Promise<RawSocket[]>
  /** Processor time so far, in µs. */
  cpu(): number
}

/** Sends the messages and may measure more meanwhile. */
type During = (members: number, send: () => Promise<number>) => Promise<unknown>

export async function costsOf(servers: Servers, during: During = (_, send) => send()): Promise<Costs> {
  const small = await spent(servers, fanOut.small, during)
  const large = await spent(servers, fanOut.large, during)
  return {
    idle: large.idle,
    delivery: large.all / large.members,
    message: small.message,
    member: (large.message - small.message) / (large.members - small.members),
  }
}

/** For each message. */
async function spent({ dialect, gather, cpu }: Servers, members: number, during: During) {
  const name = `fan-out-${members}`
  const sockets = await gather(members, name)
  const room = new PacedRoom(dialect, name)
  for (const socket of sockets) room.listen(socket)
  await room.send(sockets, warmUp.perSecond, warmUp.ms)
  await room.complete()
  // Lists of who is there are on their way for some seconds.
  await sleep(settleMs)
  const idle = await perSecond(cpu)
  const [sent, before, began] = [room.sent, cpu(), performance.now()]
  await during(members, async () => {
    await room.send(sockets, fanOut.perSecond, fanOut.ms)
    await room.complete()
    return room.sent - sent
  })
  const [all, seconds] = [cpu() - before, (performance.now() - began) / 1_000]
  for (const socket of sockets) socket.destroy()
  const messages = room.sent - sent
  return { members: sockets.length, idle, all: all / messages, message: (all - idle * seconds) / messages }
}

async function perSecond(cpu: () => number): Promise<number> {
  const [before, began] = [cpu(), performance.now()]
  await sleep(settleMs)
  return ((cpu() - before) / (performance.now() - began)) * 1_000
}
