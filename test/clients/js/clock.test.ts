import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { steadyClock } from '../../../clients/js/src/clock.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

it.for([-3_600_000, 3_600_000])(
  'clock › keeps its timers when the device clock jumps by %i ms (FAULTS 14)',
  async (jump) => {
    vi.resetModules()
    const { steadyClock: clock } = await import('../../../clients/js/src/clock.ts')
    const before = clock.now()
    const rang = vi.fn()
    clock.after(5_000, rang)
    vi.setSystemTime(Date.now() + jump)
    expect(Math.abs(clock.now() - before)).toBeLessThan(5_000)
    vi.advanceTimersByTime(4_999)
    expect(rang).not.toHaveBeenCalled()
    vi.advanceTimersByTime(1)
    expect(rang).toHaveBeenCalledOnce()
    expect(clock.now() - before).toBeGreaterThanOrEqual(5_000)
  },
)
it('clock › cancels timers', () => {
  const rang = vi.fn()
  steadyClock.after(10, rang)()
  vi.advanceTimersByTime(20)
  expect(rang).not.toHaveBeenCalled()
})
