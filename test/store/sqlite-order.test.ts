import { openSqliteStore } from '../../src/server/store/sqlite.ts'
import { temporaryFolder } from '../support/server.ts'
import { orderContract } from './contract-order.ts'

orderContract({ name: 'SQLite', place: temporaryFolder, open: openSqliteStore })
