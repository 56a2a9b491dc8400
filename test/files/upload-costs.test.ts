import { join } from 'node:path'
import { Readable } from 'node:stream'
import { expect, it, vi } from 'vitest'
import { pace, receive } from '../../src/server/files/receive.ts'
import { UploadCosts } from '../../src/server/files/upload-costs.ts'
import { temporaryFolder } from '../support/server/server.ts'

it('costs of uploads › what was received is collected after each 8 MB, of all uploads together', () => {
  let collected = 0
  const costs = new UploadCosts(() => collected++)
  for (let part = 0; part < 127; part++) costs.received(64 * 1024)
  expect(collected).toBe(0)
  costs.received(64 * 1024)
  expect(collected).toBe(1)
  for (let part = 0; part < 128; part++) costs.received(64 * 1024)
  expect(collected).toBe(2)
})

it('costs of uploads › the memory of buffers that nobody has any more is free after that', () => {
  const costs = new UploadCosts()
  const before = process.memoryUsage().arrayBuffers
  let maxBytes = 0
  for (let part = 0; part < 16 * 200; part++) {
    costs.received(Buffer.alloc(64 * 1024).length)
    maxBytes = Math.max(maxBytes, process.memoryUsage().arrayBuffers - before)
  }
  expect(maxBytes).toBeLessThan(32 * 1024 * 1024)
})

it('costs of uploads › one file is synced at a time, and one that fails holds up no other', async () => {
  const costs = new UploadCosts(() => {})
  const done: string[] = []
  const first = Promise.withResolvers<void>()
  const waiting = costs.sync({ datasync: () => first.promise })
  const failing = costs.sync({ datasync: () => Promise.reject(new Error('no disk')) })
  const last = costs.sync({ datasync: async () => void done.push('last') })
  await Promise.resolve()
  expect(done).toEqual([])
  first.resolve()
  await waiting
  await expect(failing).rejects.toThrow('no disk')
  await last
  expect(done).toEqual(['last'])
})

it('costs of uploads › after a sync the disk has three times as long for others, and at most a second, while the upload goes on', async (t) => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'performance'] })
  t.onTestFinished(() => void vi.useRealTimers())
  const costs = new UploadCosts(() => {})
  const syncs: PromiseWithResolvers<void>[] = []
  const sync = () =>
    costs.sync({
      datasync: () => {
        const one = Promise.withResolvers<void>()
        syncs.push(one)
        return one.promise
      },
    })
  for (const { tookMs, restMs, fails } of [
    { tookMs: 30, restMs: 90, fails: false },
    { tookMs: 30, restMs: 90, fails: true },
    { tookMs: 5_000, restMs: 1_000, fails: false },
  ]) {
    const first = sync()
    await vi.advanceTimersByTimeAsync(tookMs)
    if (fails) syncs.at(-1)?.reject(new Error('no disk'))
    else syncs.at(-1)?.resolve()
    await (fails ? expect(first).rejects.toThrow('no disk') : first)
    const begun = syncs.length
    const next = sync()
    await vi.advanceTimersByTimeAsync(restMs - 1)
    expect(syncs).toHaveLength(begun)
    await vi.advanceTimersByTimeAsync(1)
    expect(syncs).toHaveLength(begun + 1)
    syncs.at(-1)?.resolve()
    await next
    await vi.advanceTimersByTimeAsync(1_000)
  }
})

it('costs of uploads › a client is not to blame for the time in which the disk is waited for', async (t) => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  t.onTestFinished(() => void vi.useRealTimers())
  const costs = new UploadCosts(() => {})
  let synced = 0
  costs.sync = async () => {
    synced++
    vi.advanceTimersByTime(5 * pace.everyMs)
  }
  const path = join(temporaryFolder(t), 'file')
  const body = Readable.from(Array.from({ length: 20 }, () => Buffer.alloc(64 * 1024)))
  const { signal } = new AbortController()
  expect(await receive(path, body, { offset: 0, maxBytes: 2 * 1024 * 1024, signal, costs })).toBe(20 * 64 * 1024)
  expect(synced).toBe(1)
  const silent = new Readable({ read: () => vi.advanceTimersByTime(2 * pace.everyMs) })
  await expect(receive(path, silent, { offset: 0, maxBytes: 9, signal, costs })).rejects.toThrow(
    'The upload is too slow.',
  )
})
