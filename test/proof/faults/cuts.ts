/** Connections cut by a TCP proxy, in ten ways. */
import type { Mix } from '../clients/mix.ts'
import type { Fault, Result } from '../result.ts'
import { after, between, Scene } from '../scene.ts'
import { TcpProxy, type Wire } from '../tcp-proxy.ts'

const slowMs = 4_000

const cuts: Record<string, (wire: Wire) => void> = {
  reset: (wire) => wire.reset(),
  'half-close to the client': (wire) => wire.halfClose('client'),
  'half-close to the server': (wire) => wire.halfClose('server'),
  'black hole to the server': (wire) => wire.toServer.swallow(),
  'black hole to the client': (wire) => wire.toClient.swallow(),
  'black hole both ways': (wire) => {
    wire.toServer.swallow()
    wire.toClient.swallow()
  },
  'cut within a frame to the server': (wire) => wire.toServer.cutAfter(Math.floor(between(1, 60)), () => wire.reset()),
  'cut within a frame to the client': (wire) => wire.toClient.cutAfter(Math.floor(between(1, 400)), () => wire.reset()),
  '1 KB/s to the client': (wire) => wire.toClient.throttle(1_000, slowMs),
  '1 KB/s to the server': (wire) => wire.toServer.throttle(1_000, slowMs),
}

/** A dead line is noticed sooner than by the page, so that more of them fit into a minute; the rule is the same. */
const times = { firstRetryMs: 100, maxRetryMs: 1_000, stableMs: 1_000, silenceMs: 1_500, answerMs: 4_000 }

interface Size {
  count: number
  perSecond: number
  senders: number
  viewers: number
  messagesPerSecond: number
}

/** @param mix over which transports, and which faults of the wire are none there */
export async function cut(size: Size, mix?: Mix): Promise<Result> {
  const { count, perSecond, senders, viewers, messagesPerSecond } = size
  let target = 0
  await using proxy = await TcpProxy.start(() => target)
  const port = (server: { port: number }) => {
    target = server.port
    return proxy.port
  }
  await using scene = await Scene.open({ senders, viewers, times, port, ...mix?.options })
  const failures: string[] = []
  const names = Object.keys(cuts)
  const done = new Map<string, number>()
  scene.talk(messagesPerSecond)
  for (let n = 0; n < count; ) {
    await after(between(0, 2_000 / perSecond))
    const wire = proxy.any()
    const name = names[n % names.length] as string
    if (!wire) continue
    cuts[name]?.(wire)
    done.set(name, (done.get(name) ?? 0) + 1)
    n++
    if (n % 500 === 0) console.error(`${n} cuts`)
  }
  if (!(await scene.rest())) failures.push('not everyone was level 30 s after the last cut')
  failures.push(...scene.server.unasked.map((how) => `the server ${how}`))
  const report = await scene.verdict(mix?.allowed)
  const notes = [
    `${senders} senders and ${viewers} viewers, ${messagesPerSecond} messages a second, ${perSecond} cuts a second`,
    [...done].map(([name, times]) => `${name} × ${times}`).join(', '),
    `${report.shows.toLocaleString('en-US')} deliveries, from saying to showing ${scene.delays}`,
    `${scene.server.errors.length} errors in the server's log ${scene.server.errors[0] ?? ''}`,
  ]
  return { fault: `wire cut${mix?.title ?? ''}`, count, unit: 'cuts', report, failures, notes }
}

export default {
  short: async () => [await cut({ count: 60, perSecond: 20, senders: 15, viewers: 25, messagesPerSecond: 100 })],
  long: async () => [await cut({ count: 5_000, perSecond: 25, senders: 60, viewers: 140, messagesPerSecond: 100 })],
} satisfies Fault
