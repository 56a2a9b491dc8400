/** The process for images: one job after the other, as its parent asks. Started by `image-process.ts` with its limits. */
import { writeFileSync } from 'node:fs'
import type { ImageLimits, Job, Outcome, Results } from '../contract.ts'
import { clean } from './clean.ts'

const watchMs = 50

const limits = JSON.parse(process.argv[2] ?? '') as ImageLimits

preferToBeKilled()
process.on('disconnect', end)
process.on('message', (job: Job) => void answer(job))

async function answer(job: Job): Promise<void> {
  const run = await prepare(job)
  const watch = watchLimits()
  const outcome = await outcomeOf(run)
  clearInterval(watch)
  process.send?.(outcome)
}

async function prepare(job: Job): Promise<() => Promise<Results[Job['type']]>> {
  if (job.type === 'clean') return () => clean(job.path, job.into, limits.fileBytes)
  // If it cannot be loaded this process ends with what is wrong, and files are still cleaned.
  const { describe, picture, preview } = await import('./decode.ts')
  if (job.type === 'describe') return () => describe(job.path, limits)
  if (job.type === 'picture') return () => picture(job.path, limits)
  if (job.type === 'preview') return () => preview(job.path, job.size, limits)
  return () => Promise.reject(unknownJob(job))
}

/** The server was started before an update, and this process after it. The image is not taken in: it may not have been cleaned. */
function unknownJob(job: never): Error {
  return Object.assign(new Error(`There is no job ${JSON.stringify(job)}.`), { code: 'ERR_UNKNOWN_JOB' })
}

async function outcomeOf(run: () => Promise<Results[Job['type']]>): Promise<Outcome> {
  try {
    return { state: 'done', result: await run() }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    // Errors about files, and the one above, have a code; errors of the decoder have none.
    return code ? { state: 'failed', fault: message } : { state: 'refused' }
  }
}

/** The decoder works on another thread, so that this one can see what it uses. */
function watchLimits(): NodeJS.Timeout {
  const before = process.cpuUsage()
  return setInterval(() => {
    const { user, system } = process.cpuUsage(before)
    if ((user + system) / 1000 > limits.cpuMs) exceed('cpu')
    else if (process.memoryUsage.rss() > limits.memoryBytes) exceed('memory')
  }, watchMs)
}

function exceed(limit: 'memory' | 'cpu'): void {
  process.send?.({ state: 'exceeded', limit } satisfies Outcome, end)
}

/** `process.exit` would wait for the decoder. */
function end(): void {
  process.kill(process.pid, 'SIGKILL')
}

/** When the machine has no memory left, before the server. */
function preferToBeKilled(): void {
  try {
    writeFileSync('/proc/self/oom_score_adj', '1000')
  } catch {
    // No Linux.
  }
}
