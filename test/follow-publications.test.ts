import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { LocalBackplane } from '../src/server/backplane/local.ts'
import type { Publication } from '../src/server/chat/publication.ts'
import { followPublications } from '../src/server/follow-publications.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

it.for(['ranges', 'settings'] as const)(
  'a node whose read of %s fails reads again, and then acts on it',
  async (type) => {
    const backplane = new LocalBackplane<Publication>()
    const load = vi.fn(async () => {}).mockRejectedValueOnce(new Error('The connection broke.'))
    const open = { closeBanned: vi.fn(), renewGuests: vi.fn() }
    const acted = type === 'ranges' ? open.closeBanned : open.renewGuests
    const log = { event: vi.fn() }
    followPublications(backplane, {
      settings: { load, now: { guests: false } },
      ipBans: { load },
      sessions: {},
      open,
      log,
    } as never)
    backplane.publish({ type })
    await vi.advanceTimersByTimeAsync(0)
    expect(acted).not.toHaveBeenCalled()
    expect(log.event).toHaveBeenCalledExactlyOnceWith(
      'task-failed',
      expect.objectContaining({ err: expect.any(Error) }),
    )
    await vi.advanceTimersByTimeAsync(500)
    expect(load).toHaveBeenCalledTimes(2)
    expect(acted).toHaveBeenCalledOnce()
  },
)
