import { existsSync, statSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { expect, it, vi } from 'vitest'
import { pace, receive } from '../../../src/server/files/receive.ts'
import { syncTurns, UploadCosts } from '../../../src/server/files/upload-costs.ts'
import { temporaryFolder } from '../../support/server/server.ts'

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
  const waiting = costs.sync('anna', () => first.promise)
  const failing = costs.sync('anna', () => Promise.reject(new Error('no disk')))
  const last = costs.sync('anna', async () => void done.push('last'))
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
    costs.sync('anna', () => {
      const one = Promise.withResolvers<void>()
      syncs.push(one)
      return one.promise
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

it('costs of uploads › users take turns: one with many uploads holds up another by one of them', async () => {
  const costs = new UploadCosts(() => {})
  const done: string[] = []
  const sync = (by: string, name = by) => costs.sync(by, async () => void done.push(name))
  const many = Array.from({ length: 20 }, (_, i) => sync('anna', `anna ${i}`))
  await sync('bo')
  expect(done.indexOf('bo')).toBeLessThanOrEqual(2)
  await Promise.all(many)
  expect(done.filter((name) => name !== 'bo')).toEqual(many.map((_, i) => `anna ${i}`))
})

it('costs of uploads › an upload that waits too long for the disk goes on, and waits again later', async (t) => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'performance'] })
  t.onTestFinished(() => void vi.useRealTimers())
  const costs = new UploadCosts(() => {})
  const slow = Promise.withResolvers<void>()
  const first = costs.sync('anna', () => slow.promise)
  const synced: string[] = []
  const waiting = costs.sync('bo', async () => void synced.push('bo'))
  await vi.advanceTimersByTimeAsync(syncTurns.maxWaitMs)
  await waiting
  expect(synced).toEqual([])
  const next = costs.sync('bo', async () => void synced.push('bo again'))
  slow.resolve()
  await vi.advanceTimersByTimeAsync(1_000)
  await Promise.all([first, next])
  expect(synced).toEqual(['bo again'])
})

it('costs of uploads › when too many wait, one of the user with most of them is refused', async () => {
  const costs = new UploadCosts(() => {})
  const slow = Promise.withResolvers<void>()
  const first = costs.sync('anna', () => slow.promise)
  const many = Array.from({ length: syncTurns.maxWaiting }, () => costs.sync('anna', async () => {}))
  const outcomes = Promise.allSettled(many)
  const bos = costs.sync('bo', async () => {})
  await expect(many.at(-1)).rejects.toMatchObject({ code: 'unavailable', retryAfterMs: expect.any(Number) })
  slow.resolve()
  await Promise.all([first, bos])
  expect((await outcomes).filter(({ status }) => status === 'rejected')).toHaveLength(1)
})

it('costs of uploads › a client that leaves while its upload waits for the disk is not waited for', async (t) => {
  const costs = new UploadCosts(() => {})
  const slow = Promise.withResolvers<void>()
  const first = costs.sync('bo', () => slow.promise)
  const path = join(temporaryFolder(t), 'file')
  const body = new Readable({ read() {} })
  const receiving = { offset: 0, maxBytes: 2 * 1024 * 1024, signal: new AbortController().signal, costs, by: 'anna' }
  const received = expect(receive(path, body, receiving)).rejects.toThrow('The body was not sent to its end.')
  body.push(Buffer.alloc(1024 * 1024))
  await vi.waitUntil(() => existsSync(path) && statSync(path).size === 1024 * 1024, 60_000)
  body.destroy()
  await received
  slow.resolve()
  await first
})

it('costs of uploads › what a client that has left had sent is not synced', async (t) => {
  const costs = new UploadCosts(() => {})
  const path = join(temporaryFolder(t), 'file')
  const { signal } = new AbortController()
  let synced = 0
  costs.sync = async (_, datasync) => {
    body.destroy()
    await datasync()
    synced++
  }
  const handles = vi.spyOn(Object.getPrototypeOf(await open(import.meta.filename).then(closed)), 'datasync')
  t.onTestFinished(() => handles.mockRestore())
  const body = Readable.from(Array.from({ length: 20 }, () => Buffer.alloc(64 * 1024)))
  const receiving = { offset: 0, maxBytes: 2 * 1024 * 1024, signal, costs, by: 'anna' }
  await expect(receive(path, body, receiving)).rejects.toThrow('The body was not sent to its end.')
  expect(synced).toBe(1)
  expect(handles).not.toHaveBeenCalled()
})

async function closed(handle: FileHandle): Promise<FileHandle> {
  await handle.close()
  return handle
}

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
  expect(await receive(path, body, { offset: 0, maxBytes: 2 * 1024 * 1024, signal, costs, by: 'anna' })).toBe(
    20 * 64 * 1024,
  )
  expect(synced).toBe(1)
  const silent = new Readable({ read: () => vi.advanceTimersByTime(2 * pace.everyMs) })
  await expect(receive(path, silent, { offset: 0, maxBytes: 9, signal, costs, by: 'anna' })).rejects.toThrow(
    'The upload is too slow.',
  )
})
