/** What makes an attack count. `test/slow/attack.test.ts` has the attacks. */
import { describe, expect, it } from 'vitest'
import { attack, type Battery, premise, Tally } from './battery.ts'
import { details, table } from './report.ts'

describe('attack battery', () => {
  const battery = (run: Battery['run']): Battery => ({
    what: 'Nothing.',
    atLeast: { smallest: 1, short: 2, long: 3 },
    run,
  })
  const tries = (...held: boolean[]) =>
    battery(async () => {
      const tally = new Tally()
      for (const isWithstood of held) tally.count(isWithstood, 'it came through')
      return tally
    })

  it('passes when every attempt was withstood', async () => {
    expect(await attack('x', tries(true, true), 'short')).toMatchObject({ name: 'x', tried: 2, failed: [] })
  })
  it('names each attempt that succeeded', async () => {
    const result = await attack('x', tries(true, false), 'short')
    expect(result.failed).toEqual(['it came through'])
    expect(details(result)).toBe('x: FAILED: it came through')
  })
  it('fails when it makes too few attempts', async () => {
    expect((await attack('x', tries(true), 'short')).failed).toEqual(['Only 1 were tried, of at least 2.'])
    expect((await attack('x', tries(true, true), 'long')).failed).toHaveLength(1)
  })
  it('fails when it breaks off, and removes what it started', async () => {
    const taken: string[] = []
    const broken = battery(async (_size, t) => {
      t.onTestFinished(() => void taken.push('first up'))
      t.onTestFinished(async () => void taken.push('last up'))
      premise(false, 'the good key does not open')
      return new Tally()
    })
    expect((await attack('x', broken, 'short')).failed[0]).toMatch(/the good key does not open/)
    expect(taken).toEqual(['last up', 'first up'])
  })
})

describe('attack table', () => {
  it('counts the attempts and the failures, with their sums', () => {
    const results = [
      { name: 'cookies', tried: 100_000, failed: [] },
      { name: 'paths', tried: 500, failed: ['a', 'b'] },
    ]
    expect(table(results)).toBe(
      [
        '| battery | tried   | failed |',
        '| ------- | ------- | ------ |',
        '| cookies | 100,000 | 0      |',
        '| paths   | 500     | 2      |',
        '| all     | 100,500 | 2      |',
      ].join('\n'),
    )
  })
})
