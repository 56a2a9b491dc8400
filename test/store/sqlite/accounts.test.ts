import { sqliteBackend } from '../backends.ts'
import { accountsContract } from '../contract/people/accounts.ts'
import { requestsContract } from '../contract/people/requests.ts'
import { verificationContract } from '../contract/people/verification.ts'
import { roomsContract } from '../contract/server/rooms.ts'
import { queryPlansOfSqlite } from '../query-plans.ts'

accountsContract(sqliteBackend)
verificationContract(sqliteBackend)
roomsContract(sqliteBackend)
requestsContract(sqliteBackend)
// After the contract, which asks the statements.
queryPlansOfSqlite()
