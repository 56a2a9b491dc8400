import { sqliteBackend } from '../backends.ts'
import { serverLogContract } from '../contract/server/server-log.ts'

serverLogContract(sqliteBackend)
