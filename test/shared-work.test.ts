import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { LocalBackplane } from '../src/server/backplane/local.ts'
import type { Publication } from '../src/server/chat/publication.ts'
import { createSharedWork } from '../src/server/shared-work.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs

/** With a store of which the work of a node wants little. @param leftToIndex older messages */
function newWork({ leftToIndex = 0, isInDoubt = false } = {}) {
  const unfinished: number[] = []
  const progress = { left: leftToIndex }
  const did = {
    continueAction: vi.fn(async (id: number) => void unfinished.splice(unfinished.indexOf(id), 1)),
    indexOlder: vi.fn(async () => ({ left: --progress.left })),
    dropExpired: vi.fn(async () => [{ user: 1, session: 2 }]),
    removeExpired: vi.fn(async () => {}),
    forgetBefore: vi.fn(async () => {}),
    cleanShared: vi.fn(async (_now: number, _stopping: AbortSignal) => {}),
    listWebhooks: vi.fn(async () => []),
    publish: vi.fn(),
    event: vi.fn(),
  }
  const store = {
    outgoing: { list: did.listWebhooks },
    notifications: { reachable: async () => [] },
    search: { nextText: async () => undefined, progress: async () => progress, indexOlder: did.indexOlder },
    moderation: {
      unfinishedActions: async () => [...unfinished],
      continueAction: did.continueAction,
      removeExpired: did.removeExpired,
    },
    serverLog: { forgetBefore: did.forgetBefore },
  }
  const services = { store, hub: { publish: did.publish } }
  const own = { log: { event: did.event }, files: { bytes: {} }, auth: { sessions: { dropExpired: did.dropExpired } } }
  const context = { store, ...own, chat: {}, config: { webhookHosts: [] } }
  const files = { cleanShared: did.cleanShared }
  const needs = { backplane: new LocalBackplane<Publication>(), messenger: {}, clock: { isInDoubt }, files }
  const work = createSharedWork(context as never, services as never, needs as never)
  return { work, did, unfinished, progress }
}

const passes = (ms: number) => vi.advanceTimersByTimeAsync(ms)

it('moderation that another node has left unfinished is carried on within a minute, while this node leads', async () => {
  const { work, did, unfinished } = newWork()
  await work.start()
  await passes(0)
  expect(did.continueAction).not.toHaveBeenCalled()
  unfinished.push(7)
  await passes(minuteMs)
  expect(did.continueAction).toHaveBeenCalledExactlyOnceWith(7, expect.any(Number))
  await work.stop()
  unfinished.push(8)
  await passes(2 * minuteMs)
  expect(did.continueAction).toHaveBeenCalledOnce()
})

it('older messages are indexed while this node leads, and no longer', async () => {
  const { work, did, progress } = newWork({ leftToIndex: 5 })
  await passes(minuteMs)
  expect(did.indexOlder, 'it does not lead yet').not.toHaveBeenCalled()
  const stopped = new Promise((resolve) => {
    did.indexOlder.mockImplementationOnce(async () => {
      resolve(work.stop())
      return { left: --progress.left }
    })
  })
  await work.start()
  await stopped
  await passes(hourMs)
  expect(progress.left).toBe(4)
  await work.start()
  await expect.poll(() => progress.left).toBe(0)
  expect(did.indexOlder).toHaveBeenCalledTimes(5)
  await work.stop()
})

it('older messages are indexed on after a failure', async () => {
  const { work, did, progress } = newWork({ leftToIndex: 3 })
  did.indexOlder.mockRejectedValueOnce(new Error('The database is away.'))
  await work.start()
  await passes(minuteMs - 1)
  expect(progress.left).toBe(3)
  expect(did.event).toHaveBeenCalledExactlyOnceWith('task-failed', { reason: 'index-older', err: expect.any(Error) })
  await passes(1)
  await expect.poll(() => progress.left).toBe(0)
  await work.stop()
})

it('what has expired is removed when this node begins to lead, and each day and hour while it leads', async () => {
  const { work, did } = newWork()
  const removals = [did.dropExpired, did.removeExpired, did.forgetBefore]
  await passes(2 * dayMs)
  expect(did.dropExpired, 'it does not lead yet').not.toHaveBeenCalled()
  for (const round of [1, 2]) {
    await work.start()
    const ended = { type: 'session-ended', user: 1, session: 2, isOver: true }
    expect(did.publish).toHaveBeenLastCalledWith(ended)
    for (const remove of removals) expect(remove).toHaveBeenCalledTimes(2 * round - 1)
    expect(did.cleanShared).toHaveBeenCalledTimes(25 * (round - 1) + 1)
    await passes(dayMs)
    for (const remove of removals) expect(remove).toHaveBeenCalledTimes(2 * round)
    expect(did.cleanShared).toHaveBeenCalledTimes(25 * round)
    await work.stop()
    await passes(2 * dayMs)
  }
  for (const remove of removals) expect(remove).toHaveBeenCalledTimes(4)
  expect(did.cleanShared).toHaveBeenCalledTimes(50)
})

it('what could not be removed is removed a minute later', async () => {
  const { work, did } = newWork()
  did.dropExpired.mockRejectedValueOnce(new Error('The database is away.'))
  await work.start()
  expect(did.removeExpired).not.toHaveBeenCalled()
  expect(did.event).toHaveBeenCalledExactlyOnceWith('task-failed', { reason: 'remove-old', err: expect.any(Error) })
  await passes(minuteMs)
  expect(did.removeExpired).toHaveBeenCalledOnce()
  await passes(hourMs)
  expect(did.removeExpired).toHaveBeenCalledOnce()
  await work.stop()
})

it('files are cleaned once what has expired is removed', async () => {
  const { work, did } = newWork()
  const removed = Promise.withResolvers<void>()
  did.removeExpired.mockReturnValueOnce(removed.promise)
  const started = work.start()
  await passes(0)
  expect(did.cleanShared).not.toHaveBeenCalled()
  removed.resolve()
  await started
  expect(did.cleanShared).toHaveBeenCalledOnce()
  await work.stop()
})

it('nothing is removed while the clock is in doubt', async () => {
  const { work, did } = newWork({ isInDoubt: true })
  await work.start()
  await passes(dayMs)
  for (const remove of [did.dropExpired, did.removeExpired, did.forgetBefore, did.cleanShared])
    expect(remove).not.toHaveBeenCalled()
  await work.stop()
})

it('files that are cleaned when this node ceases to lead are left to the next one, and not waited for', async () => {
  const { work, did } = newWork()
  const cleaned = Promise.withResolvers<void>()
  did.cleanShared.mockReturnValueOnce(cleaned.promise)
  await work.start()
  await work.stop()
  expect(did.cleanShared.mock.calls[0]?.[1].aborted).toBe(true)
  cleaned.reject(new Error('The database is closed.'))
  await passes(hourMs)
  expect(did.cleanShared).toHaveBeenCalledOnce()
  expect(did.event).not.toHaveBeenCalled()
})

it('a part that cannot begin is told of, and does not keep the others from it', async () => {
  const { work, did, progress } = newWork({ leftToIndex: 3 })
  did.listWebhooks.mockRejectedValueOnce(new Error('The database is away.'))
  await work.start()
  expect(did.event).toHaveBeenCalledExactlyOnceWith('task-failed', { reason: 'lead', err: expect.any(Error) })
  expect(did.removeExpired).toHaveBeenCalledOnce()
  await expect.poll(() => progress.left).toBe(0)
  await work.stop()
})
