import { sqliteBackend } from './backends.ts'
import { accountsContract } from './contract-accounts.ts'
import { requestsContract } from './contract-requests.ts'
import { roomsContract } from './contract-rooms.ts'
import { verificationContract } from './contract-verification.ts'

accountsContract(sqliteBackend)
verificationContract(sqliteBackend)
roomsContract(sqliteBackend)
requestsContract(sqliteBackend)
