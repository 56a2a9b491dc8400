/** `kill -9` at random moments under load, the server started again. */

import type { Mix } from '../clients/mix.ts'
import { Delays } from '../delays.ts'
import type { Fault, Result } from '../result.ts'
import { after, between, Scene } from '../scene.ts'

/** Restarts follow each other faster than in life: with the page's own patience nobody would be there to be hurt. */
const times = { firstRetryMs: 50, maxRetryMs: 300, stableMs: 200 }

interface Size {
  senders: number
  viewers: number
  perSecond: number
}

/** @param mix over which transports, and which faults of the wire are none there */
export async function killed(
  kills: number,
  { senders, viewers, perSecond }: Size = { senders: 30, viewers: 30, perSecond: 300 },
  mix?: Mix,
): Promise<Result> {
  await using scene = await Scene.open({ senders, viewers, times, ...mix?.options })
  const firstAck = new Delays()
  const failures: string[] = []
  scene.talk(perSecond)
  for (let kill = 1; kill <= kills; kill++) {
    await after(between(50, 600))
    await scene.server.kill('SIGKILL')
    await scene.server.start()
    const started = performance.now()
    if (!(await scene.acknowledges(1, 30_000))) {
      failures.push(`nothing was acknowledged for 30 s after kill ${kill}`)
      break
    }
    firstAck.add(performance.now() - started)
    if (kill % 100 === 0) console.error(`${kill} kills`)
  }
  if (!(await scene.rest())) failures.push('not everyone was level 30 s after the last kill')
  failures.push(...scene.server.unasked.map((how) => `the server ${how}`))
  const report = await scene.verdict(mix?.allowed)
  const notes = [
    `${senders} senders and ${viewers} viewers, ${perSecond} messages a second, killed 0.05 to 0.6 s after each start`,
    `first acknowledgement after "listening": ${firstAck}`,
    `${report.shows.toLocaleString('en-US')} deliveries, from saying to showing ${scene.delays}`,
  ]
  return { fault: `kill -9${mix?.title ?? ''}`, count: kills, unit: 'kills', report, failures, notes }
}

export default {
  short: async () => [await killed(10)],
  long: async () => [await killed(1_000)],
} satisfies Fault
