/** Defines a test for each battery, in one size. */
import { describe, expect, it } from 'vitest'
import { allBatteries, attack, type Size } from './battery.ts'
import { details } from './report.ts'

/** Long enough for a busy machine. A hanging attack reports itself long before. */
const timeoutMs = 900_000

const batteries = await allBatteries()

/** Their smallest form takes three times as long as that of all others together. */
const long = [
  ...['bodies', 'connections', 'cross-site', 'foreign-page', 'headers', 'hostile-strings', 'injection', 'redirects'],
  ...['slow-clients', 'socket-floods', 'socket-json', 'socket-slow', 'socket-unfinished', 'unauthorized'],
]

export function attackServer(size: Size, which: 'long' | 'others'): void {
  const unknown = long.filter((name) => !batteries.has(name))
  if (unknown.length) throw new Error(`There is no battery ${unknown}.`)
  const chosen = [...batteries].filter(([name]) => long.includes(name) === (which === 'long'))
  describe('server under attack', () => {
    it.concurrent.each(chosen)('withstands %s', { timeout: timeoutMs }, async (name, battery) => {
      const result = await attack(name, battery, size)
      expect(result.failed, details(result)).toEqual([])
    })
  })
}
