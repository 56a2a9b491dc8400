/** Defines a test for each fault, in one size. What each figure is, docs/proof.md says. */
import { describe, expect, it } from 'vitest'
import { faults } from './faults.ts'
import { details, hasFailed } from './result.ts'

/** For a machine that is busy with everything else; nothing here waits by the clock. */
const timeoutMs = 600_000

export function defineFaultTests(size: 'smallest' | 'short'): void {
  describe('server under a fault', () => {
    it.concurrent.each(Object.keys(faults))(
      'loses no acknowledged message: %s',
      { timeout: timeoutMs },
      async (name) => {
        const results = (await faults[name]?.[size]()) ?? []
        expect(results, 'a fault must have results to mean anything').not.toEqual([])
        for (const result of results) {
          // Why something could not be run belongs into the output, whatever else is there.
          if (!result.report && !result.count) console.warn(details(result))
          expect(hasFailed(result), details(result)).toBe(false)
        }
      },
    )
  })
}
