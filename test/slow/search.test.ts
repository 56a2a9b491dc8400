import { expect, it } from 'vitest'
import { compareStories } from '../store/search-rights.ts'

it('finds what the user can read, and nothing else, whatever has happened', async () => {
  expect(await compareStories(90)).toBeGreaterThanOrEqual(10_000)
})
