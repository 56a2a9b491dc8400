/** Defines a test for each fault that has this size. docs/proof.md explains the figures. */
import { describe, expect, it } from 'vitest'
import { faults } from './faults.ts'
import { details, hasFailed } from './result.ts'

/** For a machine that is busy with everything else; nothing here waits by the clock. */
const timeoutMs = 600_000

/** @param isAmong which faults; those of several nodes have tests of their own unless said */
export function defineFaultTests(
  size: 'smallest' | 'short',
  isAmong = (name: string) => !name.startsWith('cluster-'),
): void {
  describe('server under a fault', () => {
    it.concurrent.each(Object.keys(faults).filter((name) => isAmong(name) && faults[name]?.[size]))(
      'loses no acknowledged message: %s',
      { timeout: timeoutMs },
      async (name) => {
        const results = (await faults[name]?.[size]?.()) ?? []
        expect(results, 'a fault must have results to mean anything').not.toEqual([])
        for (const result of results) {
          // The reason why a fault could not be tested must be in the output.
          if (!result.report && !result.count) console.warn(details(result))
          expect(hasFailed(result), details(result)).toBe(false)
        }
      },
    )
  })
}
