import { vi } from 'vitest'
import type { Cleanup } from '../server/server.ts'

/** Limits of servers in this process give nothing back until the test ends, however long its requests take on a busy machine. */
export function stopClock(t: Cleanup): void {
  const now = performance.now()
  const spy = vi.spyOn(performance, 'now').mockReturnValue(now)
  t.onTestFinished(() => spy.mockRestore())
}
