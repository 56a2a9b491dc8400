/** The contract of the server's settings on SQLite. */
import { sqliteBackend } from '../backends.ts'
import { settingsContract } from '../contract/server/settings.ts'

settingsContract(sqliteBackend)
