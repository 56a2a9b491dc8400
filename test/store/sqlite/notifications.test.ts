/** The contract of notifications on SQLite. */
import { sqliteBackend } from '../backends.ts'
import { notificationsContract } from '../contract/people/notifications.ts'
import { queryPlansOfSqlite } from '../query-plans.ts'

notificationsContract(sqliteBackend)
// After the contract, which asks the statements.
queryPlansOfSqlite()
