/** SIGTERM under load, the server started again, with clients that do as its `bye` says. */
import { Delays, inWords } from '../delays.ts'
import type { Fault, Result } from '../result.ts'
import { after, becomes, between, Scene } from '../scene.ts'

/** As on the page, but for a shorter patience: restarts that follow each other are no reason to wait half a minute. */
const times = { maxRetryMs: 2_000 }

async function terminated(
  restarts: number,
  { senders, viewers, perSecond } = { senders: 30, viewers: 70, perSecond: 200 },
): Promise<Result> {
  await using scene = await Scene.open({ senders, viewers, times })
  const ending = new Delays()
  const back = new Delays()
  const failures: string[] = []
  scene.talk(perSecond)
  for (let restart = 1; restart <= restarts; restart++) {
    await after(between(200, 1_500))
    const asked = performance.now()
    const how = await scene.server.kill('SIGTERM')
    ending.add(performance.now() - asked)
    if (how !== 0) failures.push(`the server ended with ${how} instead of 0`)
    await scene.server.start()
    const isBack = await becomes(() => scene.clients.every(({ isLive }) => isLive), 60_000)
    if (!isBack) failures.push(`not everyone was back 60 s after restart ${restart}`)
    for (const { liveAt } of scene.clients) back.add(liveAt - asked)
  }
  if (!(await scene.rest())) failures.push('not everyone was level 30 s after the last restart')
  failures.push(...scene.server.unasked.map((how) => `the server ${how}`))
  const report = await scene.verdict()
  const notes = [
    `${senders} senders and ${viewers} viewers, ${perSecond} messages a second`,
    `from SIGTERM to its end: ${ending}`,
    `from SIGTERM to everything missed being there, each client: ${back}`,
    `${report.shows.toLocaleString('en-US')} deliveries, the slowest ${inWords(scene.delays.maxMs)} after it was said`,
    `${scene.server.errors.length} errors in the server's log ${scene.server.errors[0] ?? ''}`,
  ]
  return { fault: 'SIGTERM', count: restarts, unit: 'restarts', report, failures, notes }
}

export default {
  short: async () => [await terminated(3, { senders: 20, viewers: 30, perSecond: 200 })],
  long: async () => [await terminated(100)],
} satisfies Fault
