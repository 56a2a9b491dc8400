/** The store contract on a real PostgreSQL: its rules depend on no database. */
import { afterAll, beforeAll } from 'vitest'
import { openPostgresStore } from '../../src/server/store/postgres/open.ts'
import { PostgresServer } from '../support/postgres.ts'
import { storeContract } from './contract.ts'
import { accountsContract } from './contract-accounts.ts'
import { deletionContract } from './contract-deletion.ts'
import { mentionsContract } from './contract-mentions.ts'
import { moderationContract } from './contract-moderation.ts'
import { requestsContract } from './contract-requests.ts'
import { roomsContract } from './contract-rooms.ts'
import { verificationContract } from './contract-verification.ts'
import { writingContract } from './contract-writing.ts'

let server: PostgresServer

beforeAll(async () => {
  server = await PostgresServer.start()
}, 120_000)

afterAll(async () => {
  await server?.stop()
})

const backend = {
  name: 'PostgreSQL',
  place: () => server.newDatabase(),
  async open(url: string) {
    await server.create(url)
    return await openPostgresStore(url)
  },
}

storeContract(backend)
accountsContract(backend)
verificationContract(backend)
roomsContract(backend)
requestsContract(backend)
writingContract(backend)
moderationContract(backend)
deletionContract(backend)
mentionsContract(backend)
