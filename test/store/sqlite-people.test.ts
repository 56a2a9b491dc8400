import { openSqliteStore } from '../../src/server/store/sqlite.ts'
import { temporaryFolder } from '../support/server.ts'
import { peopleContract } from './contract-people.ts'

peopleContract({ name: 'SQLite', place: temporaryFolder, open: openSqliteStore })
