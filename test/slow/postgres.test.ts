/** The rest of the store contract on a real PostgreSQL. */
import { afterAll, beforeAll } from 'vitest'
import { postgresBackend } from '../store/backends.ts'
import { addressedContract } from '../store/contract/messages/addressed.ts'
import { deletionContract } from '../store/contract/messages/deletion.ts'
import { fileTextsContract } from '../store/contract/messages/file-texts.ts'
import { filesContract } from '../store/contract/messages/files.ts'
import { mentionsContract } from '../store/contract/messages/mentions.ts'
import { pinsContract } from '../store/contract/messages/pins.ts'
import { roomMentionsContract } from '../store/contract/messages/room-mentions.ts'
import { searchContract } from '../store/contract/messages/search.ts'
import { searchRightsContract } from '../store/contract/messages/search-rights.ts'
import { accountsContract } from '../store/contract/people/accounts.ts'
import { botsContract } from '../store/contract/people/bots.ts'
import { lastSeenContract } from '../store/contract/people/last-seen.ts'
import { notificationsContract } from '../store/contract/people/notifications.ts'
import { picturesContract } from '../store/contract/people/pictures.ts'
import { requestsContract } from '../store/contract/people/requests.ts'
import { savedContract } from '../store/contract/people/saved.ts'
import { statusContract } from '../store/contract/people/status.ts'
import { verificationContract } from '../store/contract/people/verification.ts'
import { auditLogContract } from '../store/contract/server/audit-log.ts'
import { moderationContract } from '../store/contract/server/moderation.ts'
import { outgoingContract } from '../store/contract/server/outgoing.ts'
import { roomsContract } from '../store/contract/server/rooms.ts'
import { settingsContract } from '../store/contract/server/settings.ts'
import { queryPlansOfPostgres } from '../store/query-plans.ts'
import { PostgresServer } from '../support/services/postgres.ts'

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
searchRightsContract(backend)
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
// Last: by then they were asked.
queryPlansOfPostgres(() => server)
