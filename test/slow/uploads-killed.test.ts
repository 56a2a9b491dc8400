import { expect, it } from 'vitest'
import { killWhileUploading } from '../files/killing.ts'

it('files are complete, with the right hash, or not there after 4 kills while 20 are uploaded', async () => {
  const { kills, wrong, torn, complete } = await killWhileUploading(20, 4, 2_000_000)
  expect({ kills, wrong, torn }).toEqual({ kills: 4, wrong: [], torn: [] })
  expect(complete, 'files must be complete for this test to mean anything').toBeGreaterThanOrEqual(20)
})
