import { expect, it } from 'vitest'
import { killWhileUploading } from './killing.ts'

it('files that are uploaded while the server is killed are complete, with the right hash, or not there', async () => {
  const { kills, wrong, torn, complete } = await killWhileUploading(4, 3, 2_000_000)
  expect({ kills, wrong, torn }).toEqual({ kills: 3, wrong: [], torn: [] })
  expect(complete, 'files must be complete for this test to mean anything').toBeGreaterThanOrEqual(4)
})
