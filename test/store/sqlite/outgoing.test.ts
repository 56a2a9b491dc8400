/** The contract of outgoing webhooks on SQLite. */
import { sqliteBackend } from '../backends.ts'
import { outgoingContract } from '../contract/server/outgoing.ts'
import { queryPlansOfSqlite } from '../query-plans.ts'

outgoingContract(sqliteBackend)
// After the contract, which asks the statements.
queryPlansOfSqlite()
