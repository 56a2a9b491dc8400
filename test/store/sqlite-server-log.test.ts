import { sqliteBackend } from './backends.ts'
import { serverLogContract } from './contract-server-log.ts'

serverLogContract(sqliteBackend)
