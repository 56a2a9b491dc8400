import { openSqliteStore } from '../../src/server/store/sqlite/open.ts'
import { temporaryFolder } from '../support/server.ts'
import { accountsContract } from './contract-accounts.ts'
import { requestsContract } from './contract-requests.ts'
import { roomsContract } from './contract-rooms.ts'
import { verificationContract } from './contract-verification.ts'

const backend = { name: 'SQLite', place: temporaryFolder, open: openSqliteStore }
accountsContract(backend)
verificationContract(backend)
roomsContract(backend)
requestsContract(backend)
