import { openSqliteStore } from '../../src/server/store/sqlite/open.ts'
import { temporaryFolder } from '../support/server.ts'
import { deletionContract } from './contract-deletion.ts'
import { moderationContract } from './contract-moderation.ts'
import { writingContract } from './contract-writing.ts'

const backend = { name: 'SQLite', place: temporaryFolder, open: openSqliteStore }
writingContract(backend)
moderationContract(backend)
deletionContract(backend)
