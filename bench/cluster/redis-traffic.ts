/** What nodes send to Redis, as Redis counts it. */
import { once } from 'node:events'
import { connect } from 'node:net'

export interface Traffic {
  /** Publications and additions to streams. */
  messages: number
  /** That Redis has received. */
  bytes: number
}

export async function trafficOf(port: number): Promise<Traffic> {
  const socket = connect(port, '127.0.0.1')
  socket.end('INFO commandstats\r\nINFO stats\r\nQUIT\r\n')
  let text = ''
  socket.setEncoding('utf8').on('data', (data) => {
    text += data
  })
  await once(socket, 'close')
  const callsOf = (command: string) => Number(new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(text)?.[1] ?? 0)
  const bytes = Number(/total_net_input_bytes:(\d+)/.exec(text)?.[1])
  if (!bytes) throw new Error('Redis does not say how much it has received.')
  return { messages: callsOf('publish') + callsOf('spublish') + callsOf('xadd'), bytes }
}

/** @returns what came of `during`, less what comes in the same time when nothing happens */
export async function trafficDuring(port: number, quiet: TrafficRate, during: () => Promise<void>): Promise<Traffic> {
  const [before, began] = [await trafficOf(port), performance.now()]
  await during()
  const [after, seconds] = [await trafficOf(port), (performance.now() - began) / 1_000]
  return {
    messages: Math.max(0, after.messages - before.messages - quiet.messages * seconds),
    bytes: Math.max(0, after.bytes - before.bytes - quiet.bytes * seconds),
  }
}

/** A second. */
export type TrafficRate = Traffic

export async function rateOf(port: number, ms: number): Promise<TrafficRate> {
  const before = await trafficOf(port)
  await new Promise((resolve) => setTimeout(resolve, ms))
  const after = await trafficOf(port)
  const perSecond = 1_000 / ms
  return {
    messages: (after.messages - before.messages) * perSecond,
    bytes: (after.bytes - before.bytes) * perSecond,
  }
}
