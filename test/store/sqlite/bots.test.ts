/** The contract of bots and webhooks on SQLite. */
import { sqliteBackend } from '../backends.ts'
import { botsContract } from '../contract/people/bots.ts'

botsContract(sqliteBackend)
