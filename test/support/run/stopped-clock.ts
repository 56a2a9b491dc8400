import { vi } from 'vitest'
import type { Cleanup } from '../server/server.ts'

/**
 * Limits of servers in this process give nothing back, however long requests take on a busy machine.
 * @returns lets time pass again, which the end of the test does too
 */
export function stopClock(t: Cleanup): () => void {
  const now = performance.now()
  const spy = vi.spyOn(performance, 'now').mockReturnValue(now)
  const resume = () => spy.mockRestore()
  t.onTestFinished(resume)
  return resume
}
