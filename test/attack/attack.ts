/** Defines a test for each battery, in one size. */
import { describe, expect, it } from 'vitest'
import { allBatteries, attack, type Size } from './battery.ts'
import { details } from './report.ts'

/** Long enough for a busy machine. A hanging attack reports itself long before. */
const timeoutMs = 900_000

const batteries = await allBatteries()

/** @param without the names of batteries that are left out */
export function attackServer(size: Size, without: readonly string[] = []): void {
  const chosen = [...batteries].filter(([name]) => !without.includes(name))
  if (chosen.length + without.length !== batteries.size) throw new Error(`One of these is no battery: ${without}`)
  describe('server under attack', () => {
    it.concurrent.each(chosen)('withstands %s', { timeout: timeoutMs }, async (name, battery) => {
      const result = await attack(name, battery, size)
      expect(result.failed, details(result)).toEqual([])
    })
  })
}
