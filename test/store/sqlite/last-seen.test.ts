/** The store contract for the time at which users were last seen, on SQLite. */
import { sqliteBackend } from '../backends.ts'
import { lastSeenContract } from '../contract/people/last-seen.ts'

lastSeenContract(sqliteBackend)
