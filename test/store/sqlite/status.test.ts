/** The store contract for the statuses of users, on SQLite. */
import { sqliteBackend } from '../backends.ts'
import { statusContract } from '../contract/people/status.ts'

statusContract(sqliteBackend)
