import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { Maintenance } from '../src/server/maintenance.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const dayMs = 24 * 60 * 60 * 1_000
const open = [{ id: 1 }]

function newMaintenance() {
  const did = { keepAlive: vi.fn(async (_open: unknown) => {}), event: vi.fn() }
  const maintenance = new Maintenance({
    store: { noteClock: async () => {} },
    sessions: { keepAlive: did.keepAlive },
    hub: { connections: { sessions: () => open } },
    lastSeen: { noteConnected: async () => {}, finish: async () => {} },
    clock: { look() {}, note: {} },
    disk: { look: async () => {} },
    files: { clean: async () => {} },
    log: { event: did.event },
  } as never)
  return { maintenance, did }
}

it('sessions with connections are marked as in use at the start, when times in the future are corrected, and each day', async () => {
  const { maintenance, did } = newMaintenance()
  await maintenance.start()
  expect(did.keepAlive).toHaveBeenCalledExactlyOnceWith(open)
  await vi.advanceTimersByTimeAsync(2 * dayMs)
  expect(did.keepAlive).toHaveBeenCalledTimes(3)
  maintenance.stop()
  await vi.advanceTimersByTimeAsync(2 * dayMs)
  expect(did.keepAlive).toHaveBeenCalledTimes(3)
})

it('a store that cannot mark them is told of, and asked again a day later', async () => {
  const { maintenance, did } = newMaintenance()
  did.keepAlive.mockRejectedValueOnce(new Error('The database is away.'))
  await maintenance.start()
  expect(did.event).toHaveBeenCalledExactlyOnceWith('task-failed', { reason: 'keep-sessions', err: expect.any(Error) })
  await vi.advanceTimersByTimeAsync(dayMs)
  expect(did.keepAlive).toHaveBeenCalledTimes(2)
  maintenance.stop()
})
