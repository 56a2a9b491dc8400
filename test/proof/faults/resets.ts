/** Clients whose connections are cut again and again: AnyCable's jitter run. Every delivery is made, once. */
import { type Fault, inDigits, type Result } from '../result.ts'
import { after, between, Scene } from '../scene.ts'

interface Size {
  clients: number
  everySeconds: number
  offlineSeconds: number
  messages: number
}

const perSecond = 2

async function reset({ clients, everySeconds, offlineSeconds, messages }: Size): Promise<Result> {
  await using scene = await Scene.open({ senders: 1, viewers: clients, isTimed: ({ number }) => number > 0 })
  const [sender] = scene.senders
  const around = (seconds: number) => seconds * 1_000 * between(0.75, 1.25)
  let tears = 0
  let isOver = false
  const timers = scene.viewers.map((client, i) => {
    const tear = () => {
      if (isOver) return
      tears++
      client.line.tear(around(offlineSeconds))
      timers[i] = setTimeout(tear, around(everySeconds + offlineSeconds))
    }
    // Everybody at a moment of their own.
    return setTimeout(tear, Math.random() * everySeconds * 1_000)
  })
  const begun = performance.now()
  for (let n = 0; n < messages; n++) {
    sender?.say()
    await after(begun + ((n + 1) * 1_000) / perSecond - performance.now())
  }
  isOver = true
  for (const timer of timers) clearTimeout(timer)
  const failures = (await scene.rest()) ? [] : ['not everyone was level 30 s after the last message']
  const made = scene.delays.count
  const due = clients * messages
  if (made !== due) failures.push(`${inDigits(made)} deliveries were made of ${inDigits(due)}`)
  const report = await scene.verdict()
  const notes = [
    `${inDigits(clients)} reconnecting clients, each cut off about every ${everySeconds} s for about ${offlineSeconds} s, ${inDigits(tears)} times in all; ${messages} messages at ${perSecond} a second`,
    `${inDigits(made)} of ${inDigits(due)} deliveries made, from saying to showing ${scene.delays}`,
  ]
  return { fault: 'reconnecting clients', count: made, unit: 'deliveries', report, failures, notes }
}

export default {
  short: async () => [await reset({ clients: 200, everySeconds: 4, offlineSeconds: 1, messages: 16 })],
  long: async () => [await reset({ clients: 2_000, everySeconds: 15, offlineSeconds: 2, messages: 120 })],
} satisfies Fault
