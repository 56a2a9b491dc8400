/** A restart with thousands of clients: whether and when all of them reconnect, with `bye` and without. */
import { Delays, inWords } from '../delays.ts'
import { type Fault, inDigits, type Result } from '../result.ts'
import { after, becomes, Scene } from '../scene.ts'

async function reconnectAll(clients: number, signal: 'SIGTERM' | 'SIGKILL'): Promise<Result> {
  const senders = 5
  await using scene = await Scene.open({ senders, viewers: clients - senders })
  scene.talk(5)
  await after(2_000)
  const asked = performance.now()
  await scene.server.kill(signal)
  await scene.server.start()
  const listeningMs = performance.now() - asked
  const areBack = await becomes(() => scene.clients.every(({ isLive }) => isLive), 60_000)
  const missing = scene.clients.filter(({ isLive }) => !isLive).length
  const back = new Delays()
  for (const { isLive, liveAt } of scene.clients) if (isLive) back.add(liveAt - asked)
  const failures = areBack ? [] : [`${inDigits(missing)} of ${inDigits(clients)} were not back after 60 s`]
  const { cpuSeconds } = scene.server.usage()
  if (!(await scene.rest())) failures.push('not everyone was level in the end')
  const report = await scene.verdict()
  const notes = [
    `${signal}: listening again after ${inWords(listeningMs)}`,
    `from the signal to everything missed being there, each client: ${back}; ${inDigits(missing)} never`,
    `${cpuSeconds.toFixed(1)} s of processor time for the server to take them in`,
  ]
  return { fault: `restart under many, ${signal}`, count: clients, unit: 'clients', report, failures, notes }
}

export default {
  short: async () => [await reconnectAll(300, 'SIGTERM')],
  long: async () => [await reconnectAll(5_000, 'SIGTERM'), await reconnectAll(5_000, 'SIGKILL')],
} satisfies Fault
