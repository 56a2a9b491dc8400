/** The contract of outgoing webhooks on SQLite. */
import { sqliteBackend } from '../backends.ts'
import { outgoingContract } from '../contract/server/outgoing.ts'

outgoingContract(sqliteBackend)
