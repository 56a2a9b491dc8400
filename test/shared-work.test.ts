import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { LocalBackplane } from '../src/server/backplane/local.ts'
import type { Publication } from '../src/server/chat/publication.ts'
import { createSharedWork } from '../src/server/shared-work.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

it('moderation that another node has left unfinished is carried on within a minute, while this node leads', async () => {
  const unfinished: number[] = []
  const continueAction = vi.fn(async (id: number) => void unfinished.splice(unfinished.indexOf(id), 1))
  const store = {
    outgoing: { list: async () => [] },
    notifications: { reachable: async () => [] },
    search: { nextText: async () => undefined },
    moderation: { unfinishedActions: async () => [...unfinished], continueAction },
  }
  const services = { store, hub: { publish: () => {} } }
  const own = { health: {}, files: { bytes: {} } }
  const context = { ...services, ...own, chat: {}, log: { event: vi.fn() }, config: { webhookHosts: [] } }
  const maintenance = { lead: async () => {} }
  const backplane = new LocalBackplane<Publication>()
  const work = createSharedWork(context as never, services as never, { maintenance, backplane } as never)
  await work.start()
  await vi.advanceTimersByTimeAsync(0)
  expect(continueAction).not.toHaveBeenCalled()
  unfinished.push(7)
  await vi.advanceTimersByTimeAsync(60_000)
  expect(continueAction).toHaveBeenCalledExactlyOnceWith(7, expect.any(Number))
  await work.stop()
  unfinished.push(8)
  await vi.advanceTimersByTimeAsync(120_000)
  expect(continueAction).toHaveBeenCalledOnce()
})
