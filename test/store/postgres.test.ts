/** A part of the store contract on a real PostgreSQL: its rules depend on no database. `test/slow/postgres.test.ts` has the rest. */
import { afterAll, beforeAll } from 'vitest'
import { PostgresServer } from '../support/postgres.ts'
import { postgresBackend } from './backends.ts'
import { storeContract } from './contract.ts'
import { serverLogContract } from './contract-server-log.ts'
import { writingContract } from './contract-writing.ts'
import { batchesOfPostgres } from './postgres-batches.ts'
import { faultsOfPostgres } from './postgres-faults.ts'
import { guestsOnPostgres } from './postgres-guests.ts'
import { lanesOfPostgres } from './postgres-lanes.ts'
import { nodesOnPostgres } from './postgres-nodes.ts'
import { queryPlansOfPostgres } from './query-plans.ts'

let server: PostgresServer

beforeAll(async () => {
  server = await PostgresServer.start()
}, 120_000)

afterAll(async () => {
  await server?.stop()
})

const backend = postgresBackend(() => server)

storeContract(backend)
writingContract(backend)
serverLogContract(backend)
faultsOfPostgres(() => server)
nodesOnPostgres(() => server)
lanesOfPostgres(() => server)
guestsOnPostgres(() => server)
batchesOfPostgres(() => server)
// Last: by then they were asked.
queryPlansOfPostgres(() => server)
