import { expect, it } from 'vitest'
import { killWhileUploading } from '../files/killing.ts'

/** `UPLOAD_KILLS=50` is the long form. */
const killsMeant = Number(process.env.UPLOAD_KILLS ?? 4)

it(`files are complete, with the right hash, or not there after ${killsMeant} kills while 20 are uploaded`, async () => {
  const { kills, wrong, torn, complete } = await killWhileUploading(20, killsMeant, 2_000_000)
  expect({ kills, wrong, torn }).toEqual({ kills: killsMeant, wrong: [], torn: [] })
  expect(complete, 'files must be complete for this test to mean anything').toBeGreaterThanOrEqual(20)
})
