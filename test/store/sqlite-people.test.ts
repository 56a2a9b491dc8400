import { openSqliteStore } from '../../src/server/store/sqlite/open.ts'
import { temporaryFolder } from '../support/server.ts'
import { accountsContract } from './contract-accounts.ts'
import { proofContract } from './contract-proof.ts'
import { requestsContract } from './contract-requests.ts'
import { roomsContract } from './contract-rooms.ts'

const backend = { name: 'SQLite', place: temporaryFolder, open: openSqliteStore }
accountsContract(backend)
proofContract(backend)
roomsContract(backend)
requestsContract(backend)
