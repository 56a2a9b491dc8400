import { expect, it } from 'vitest'
import { withRuns } from '../../src/shared/tombstones.ts'

const runs = (text: string) =>
  withRuns([...text], (one) => one === 'x').map((one) => (Array.isArray(one) ? `[${one.join('')}]` : one))

it('tombstones › three or more deleted messages in a row become one line', () => {
  expect(runs('axxxb')).toEqual(['a', '[xxx]', 'b'])
  expect(runs('xxxxaxxx')).toEqual(['[xxxx]', 'a', '[xxx]'])
})

it('tombstones › fewer than three deleted messages stay separate', () => {
  expect(runs('xxaxbxx')).toEqual([...'xxaxbxx'])
  expect(runs('')).toEqual([])
})
