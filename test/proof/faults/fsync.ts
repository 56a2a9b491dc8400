/** An fsync before each acknowledgement, seen from outside with strace; with `synchronous=NORMAL` the same must fail. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { strace } from '../../support/run/tools.ts'
import { atExit } from '../cleanup.ts'
import { type Fault, inDigits, notRun, type Result } from '../result.ts'
import { becomes, Scene } from '../scene.ts'
import { orderOf, watch } from '../strace.ts'
import { faulty } from './seeded.ts'

const fault = 'fsync before each acknowledgement'

async function watched(acks: number): Promise<Result[]> {
  const folder = mkdtempSync(join(tmpdir(), 'teahouse-strace-'))
  const cleanUp = atExit(() => rmSync(folder, { recursive: true, force: true }))
  try {
    const sound = await trace(acks, join(folder, 'full'))
    if (typeof sound === 'string') return [notRun(fault, sound)]
    const control = await trace(Math.min(acks, 500), join(folder, 'normal'), 'synchronous=NORMAL')
    if (typeof control === 'string') return [notRun(fault, control)]
    return [judged(sound), judgedControl(control)]
  } finally {
    cleanUp()
  }
}

type Traced = Exclude<Awaited<ReturnType<typeof trace>>, string>

/** @returns why it cannot be done here, as a text */
async function trace(acks: number, output: string, bug?: string) {
  await using scene = await Scene.open({ senders: 8, viewers: 2, ...(bug && { server: faulty(bug) }) })
  const path = straceOr()
  if (!path) return 'strace is not installed (Debian: apt-get install strace)'
  const watching = await watch(scene.server.pid, output, path)
  if (typeof watching === 'string') return `strace may not watch a process here: ${watching}`
  scene.talk(200)
  await becomes(() => scene.acknowledged >= acks, acks * 50 + 10_000)
  const isAtRest = await scene.rest()
  await watching.end()
  const keys = [...scene.history.sends.values()].filter(({ acks }) => acks.length > 0).map(({ key }) => key)
  return { order: await orderOf(output, keys), count: keys.length, isAtRest, report: await scene.verdict() }
}

function straceOr(): string | undefined {
  try {
    return strace()
  } catch {
    return undefined // said to the user by the one who called
  }
}

function judged({ order, count, report, isAtRest }: Traced): Result {
  const { inOrder, outOfOrder, fsyncs } = order
  const failures = outOfOrder.length
    ? [`${outOfOrder.length} acknowledgements without an fsync: ${outOfOrder.slice(0, 5)}`]
    : []
  if (!isAtRest) failures.push('not everyone was level in the end')
  const notes = [
    `${inDigits(inOrder)} of ${inDigits(count)} acknowledgements left after an fsync of their WAL frames; ${inDigits(fsyncs)} fsyncs`,
  ]
  return { fault, count, unit: 'acks', report, failures, notes }
}

function judgedControl({ order: { inOrder, fsyncs }, count }: Traced): Result {
  const failures = inOrder === count ? ['the control was not caught: strace sees nothing'] : []
  const notes = [
    `${inDigits(inOrder)} of ${inDigits(count)} after an fsync, ${inDigits(fsyncs)} fsyncs of the WAL: caught`,
  ]
  return { fault: 'control: synchronous=NORMAL', count: 1, unit: 'seeded fault', failures, notes }
}

export default {
  short: () => watched(300),
  long: () => watched(10_000),
} satisfies Fault
