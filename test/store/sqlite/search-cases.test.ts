import { expect, it } from 'vitest'
import { sqliteBackend } from '../backends.ts'
import { compareSearches, someSeed } from '../generated-searches.ts'

// `test/slow/search.test.ts` has ten thousand.
it('finds all that the user can read and nothing else, in random searches (SQLite)', { timeout: 60_000 }, async () => {
  const { cases, found, hidden } = await compareSearches(sqliteBackend, 500, someSeed())
  expect(cases).toBe(500)
  // Premise: there was something to find, and something to hide. How much is different for each seed: 90 to 1,500.
  expect(found).toBeGreaterThan(10)
  expect(hidden).toBeGreaterThan(10)
})
