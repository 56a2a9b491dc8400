/** The store contract on a real PostgreSQL: its rules depend on no database. */
import { afterAll, beforeAll } from 'vitest'
import { PostgresServer } from '../support/postgres.ts'
import { postgresBackend } from './backends.ts'
import { storeContract } from './contract.ts'
import { accountsContract } from './contract-accounts.ts'
import { addressedContract } from './contract-addressed.ts'
import { auditLogContract } from './contract-audit-log.ts'
import { botsContract } from './contract-bots.ts'
import { deletionContract } from './contract-deletion.ts'
import { lastSeenContract } from './contract-last-seen.ts'
import { mentionsContract } from './contract-mentions.ts'
import { moderationContract } from './contract-moderation.ts'
import { outgoingContract } from './contract-outgoing.ts'
import { pinsContract } from './contract-pins.ts'
import { requestsContract } from './contract-requests.ts'
import { roomMentionsContract } from './contract-room-mentions.ts'
import { roomsContract } from './contract-rooms.ts'
import { savedContract } from './contract-saved.ts'
import { settingsContract } from './contract-settings.ts'
import { statusContract } from './contract-status.ts'
import { verificationContract } from './contract-verification.ts'
import { writingContract } from './contract-writing.ts'
import { faultsOfPostgres } from './postgres-faults.ts'

let server: PostgresServer

beforeAll(async () => {
  server = await PostgresServer.start()
}, 120_000)

afterAll(async () => {
  await server?.stop()
})

const backend = postgresBackend(() => server)

storeContract(backend)
accountsContract(backend)
verificationContract(backend)
roomsContract(backend)
requestsContract(backend)
writingContract(backend)
moderationContract(backend)
auditLogContract(backend)
deletionContract(backend)
pinsContract(backend)
mentionsContract(backend)
addressedContract(backend)
savedContract(backend)
roomMentionsContract(backend)
settingsContract(backend)
lastSeenContract(backend)
botsContract(backend)
outgoingContract(backend)
statusContract(backend)
faultsOfPostgres(() => server)
