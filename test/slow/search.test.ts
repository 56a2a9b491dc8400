import { afterAll, beforeAll, expect, it } from 'vitest'
import { postgresBackend, sqliteBackend } from '../store/backends.ts'
import { compareSearches, someSeed } from '../store/generated-searches.ts'
import { PostgresServer } from '../support/services/postgres.ts'

let server: PostgresServer

beforeAll(async () => {
  server = await PostgresServer.start()
}, 120_000)

afterAll(async () => {
  await server?.stop()
})

it.for([
  { backend: sqliteBackend, cases: 10_000 },
  { backend: postgresBackend(() => server), cases: 1_500 },
])(
  'finds all that the user can read and nothing else, in random searches ($backend.name)',
  async ({ backend, cases }) => {
    const compared = await compareSearches(backend, cases, someSeed())
    expect(compared.cases).toBe(cases)
    // Premise: there was something to find, and something to hide.
    expect(compared.found).toBeGreaterThan(cases / 10)
    expect(compared.hidden).toBeGreaterThan(cases / 10)
  },
)
