/** A part of the store contract on a real PostgreSQL: its rules depend on no database. `test/slow/postgres.test.ts` has the rest. */
import { afterAll, beforeAll } from 'vitest'
import { PostgresServer } from '../../support/services/postgres.ts'
import { postgresBackend } from '../backends.ts'
import { storeContract } from '../contract/contract.ts'
import { writingContract } from '../contract/messages/writing.ts'
import { serverLogContract } from '../contract/server/server-log.ts'
import { pagePlansOfPostgres, queryPlansOfPostgres } from '../query-plans.ts'
import { batchesOfPostgres } from './batches.ts'
import { connectionsOfPostgres } from './connections.ts'
import { faultsOfPostgres } from './faults.ts'
import { guestsOnPostgres } from './guests.ts'
import { lanesOfPostgres } from './lanes.ts'
import { nodesOnPostgres } from './nodes.ts'
import { searchesOfPostgres } from './searches.ts'

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
connectionsOfPostgres(() => server)
searchesOfPostgres(() => server)
// Last: by then they were asked.
queryPlansOfPostgres(() => server)
pagePlansOfPostgres(() => server)
