/** The contract of notifications on SQLite. */
import { sqliteBackend } from './backends.ts'
import { notificationsContract } from './contract-notifications.ts'

notificationsContract(sqliteBackend)
