import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { RepeatedRead } from '../src/server/repeated-read.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

it('repeated read › repeats a read until it succeeds, and tells of the first failure', async () => {
  const failed = vi.fn()
  const read = vi.fn(async () => {})
  read.mockRejectedValueOnce(new Error('one')).mockRejectedValueOnce(new Error('two'))
  const repeated = new RepeatedRead(read, failed)
  repeated.ask()
  await vi.advanceTimersByTimeAsync(499)
  expect(read).toHaveBeenCalledTimes(1)
  await vi.advanceTimersByTimeAsync(10_000)
  expect(read).toHaveBeenCalledTimes(3)
  expect(failed).toHaveBeenCalledExactlyOnceWith(new Error('one'))
})
it('repeated read › reads once more for all that is asked for during a read', async () => {
  const reads: PromiseWithResolvers<void>[] = []
  const repeated = new RepeatedRead(() => {
    const read = Promise.withResolvers<void>()
    reads.push(read)
    return read.promise
  }, vi.fn())
  for (let i = 0; i < 3; i++) repeated.ask()
  expect(reads).toHaveLength(1)
  reads[0]?.resolve()
  await vi.advanceTimersByTimeAsync(0)
  expect(reads).toHaveLength(2)
  reads[1]?.resolve()
  await vi.advanceTimersByTimeAsync(10_000)
  expect(reads).toHaveLength(2)
})
it('repeated read › reads no more once it is closed', async () => {
  const read = vi.fn(async () => Promise.reject(new Error('down')))
  const repeated = new RepeatedRead(read, vi.fn())
  repeated.ask()
  await vi.advanceTimersByTimeAsync(0)
  repeated.close()
  repeated.ask()
  await vi.advanceTimersByTimeAsync(10_000)
  expect(read).toHaveBeenCalledTimes(1)
})
