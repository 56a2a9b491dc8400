/** Defines a test for each battery. */
import { describe, expect, it } from 'vitest'
import { allBatteries, attack, type Battery } from './battery.ts'
import { details } from './report.ts'

/** Long enough for a busy machine. A hanging attack reports itself long before. */
const timeoutMs = 900_000

const batteries = await allBatteries()

/** Those that try every route as every kind of user, or many texts, which their smallest form does not. */
const short = ['unauthorized', 'cross-site', 'hostile-strings']

export function attackServer(): void {
  const unknown = short.filter((name) => !batteries.has(name))
  if (unknown.length) throw new Error(`There is no battery ${unknown}.`)
  const names = [...short, ...[...batteries.keys()].filter((name) => !short.includes(name))]
  describe('server under attack', () => {
    it.concurrent.each(names)('withstands %s', { timeout: timeoutMs }, async (name) => {
      const battery = batteries.get(name) as Battery
      const result = await attack(name, battery, short.includes(name) ? 'short' : 'smallest')
      expect(result.failed, details(result)).toEqual([])
    })
  })
}
