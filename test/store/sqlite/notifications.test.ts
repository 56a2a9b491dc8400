/** The contract of notifications on SQLite. */
import { sqliteBackend } from '../backends.ts'
import { notificationsContract } from '../contract/people/notifications.ts'

notificationsContract(sqliteBackend)
