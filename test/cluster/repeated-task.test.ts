import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { RepeatedTask } from '../../src/server/cluster/repeated-task.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const passes = (ms: number) => vi.advanceTimersByTimeAsync(ms)

/** Work that goes on until it is told to end. */
function newTask() {
  const runs: PromiseWithResolvers<void>[] = []
  const failed = vi.fn()
  const work = vi.fn((_stopping: AbortSignal) => {
    const run = Promise.withResolvers<void>()
    runs.push(run)
    return run.promise
  })
  return { task: new RepeatedTask(1_000, work, failed), runs, work, failed }
}

it('a run that takes longer than the interval is not run beside itself', async () => {
  const { task, runs } = newTask()
  void task.start()
  await passes(5_000)
  expect(runs).toHaveLength(1)
  runs[0]?.resolve()
  await passes(1_000)
  expect(runs).toHaveLength(2)
  runs[1]?.resolve()
  await task.close()
})

it('a run that fails is told of, and run again at the next interval or a minute later', async () => {
  const { task, runs, failed } = newTask()
  void task.start()
  runs[0]?.reject(new Error('The database is away.'))
  await passes(1_000)
  expect(failed).toHaveBeenCalledExactlyOnceWith(new Error('The database is away.'))
  expect(runs).toHaveLength(2)
  runs[1]?.resolve()
  await task.close()
})

it('its end tells the run under way, waits for it, and is not told of its failure', async () => {
  const { task, runs, work, failed } = newTask()
  void task.start()
  let isClosed = false
  const closing = task.close().then(() => (isClosed = true))
  expect(work.mock.calls[0]?.[0].aborted).toBe(true)
  await passes(5_000)
  expect(isClosed).toBe(false)
  runs[0]?.reject(new Error('It was stopped.'))
  await closing
  expect(failed).not.toHaveBeenCalled()
  await passes(5_000)
  expect(runs).toHaveLength(1)
})

it('does nothing when it is started after its end', async () => {
  const { task, runs } = newTask()
  await task.close()
  await task.start()
  await passes(5_000)
  expect(runs).toHaveLength(0)
  expect(vi.getTimerCount()).toBe(0)
})
