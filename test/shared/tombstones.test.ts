import { expect, it } from 'vitest'
import { withRuns } from '../../src/shared/tombstones.ts'

const runs = (text: string) =>
  withRuns([...text], (one) => one === 'x').map((one) => (Array.isArray(one) ? `[${one.join('')}]` : one))

it('three deleted messages and more, one after the other, are one line', () => {
  expect(runs('axxxb')).toEqual(['a', '[xxx]', 'b'])
  expect(runs('xxxxaxxx')).toEqual(['[xxxx]', 'a', '[xxx]'])
})

it('fewer stand by themselves', () => {
  expect(runs('xxaxbxx')).toEqual([...'xxaxbxx'])
  expect(runs('')).toEqual([])
})
