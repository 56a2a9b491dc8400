/** The rest of the store contract on a real PostgreSQL. */
import { afterAll, beforeAll } from 'vitest'
import { postgresBackend } from '../store/backends.ts'
import { accountsContract } from '../store/contract-accounts.ts'
import { addressedContract } from '../store/contract-addressed.ts'
import { auditLogContract } from '../store/contract-audit-log.ts'
import { botsContract } from '../store/contract-bots.ts'
import { deletionContract } from '../store/contract-deletion.ts'
import { fileTextsContract } from '../store/contract-file-texts.ts'
import { filesContract } from '../store/contract-files.ts'
import { lastSeenContract } from '../store/contract-last-seen.ts'
import { mentionsContract } from '../store/contract-mentions.ts'
import { moderationContract } from '../store/contract-moderation.ts'
import { notificationsContract } from '../store/contract-notifications.ts'
import { outgoingContract } from '../store/contract-outgoing.ts'
import { picturesContract } from '../store/contract-pictures.ts'
import { pinsContract } from '../store/contract-pins.ts'
import { requestsContract } from '../store/contract-requests.ts'
import { roomMentionsContract } from '../store/contract-room-mentions.ts'
import { roomsContract } from '../store/contract-rooms.ts'
import { savedContract } from '../store/contract-saved.ts'
import { searchContract } from '../store/contract-search.ts'
import { settingsContract } from '../store/contract-settings.ts'
import { statusContract } from '../store/contract-status.ts'
import { verificationContract } from '../store/contract-verification.ts'
import { PostgresServer } from '../support/postgres.ts'

let server: PostgresServer

beforeAll(async () => {
  server = await PostgresServer.start()
}, 120_000)

afterAll(async () => {
  await server?.stop()
})

const backend = postgresBackend(() => server)

accountsContract(backend)
verificationContract(backend)
roomsContract(backend)
requestsContract(backend)
moderationContract(backend)
auditLogContract(backend)
deletionContract(backend)
pinsContract(backend)
mentionsContract(backend)
addressedContract(backend)
savedContract(backend)
searchContract(backend)
roomMentionsContract(backend)
settingsContract(backend)
lastSeenContract(backend)
botsContract(backend)
notificationsContract(backend)
outgoingContract(backend)
statusContract(backend)
filesContract(backend)
fileTextsContract(backend)
picturesContract(backend)
