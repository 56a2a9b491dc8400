import { openSqliteStore } from '../../src/server/store/sqlite/open.ts'
import { temporaryFolder } from '../support/server.ts'
import { actsContract } from './contract-moderation.ts'
import { removalContract } from './contract-removal.ts'
import { writingContract } from './contract-writing.ts'

const backend = { name: 'SQLite', place: temporaryFolder, open: openSqliteStore }
writingContract(backend)
actsContract(backend)
removalContract(backend)
