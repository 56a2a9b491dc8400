import { sqliteBackend } from './backends.ts'
import { deletionContract } from './contract-deletion.ts'
import { moderationContract } from './contract-moderation.ts'
import { pinsContract } from './contract-pins.ts'
import { writingContract } from './contract-writing.ts'

writingContract(sqliteBackend)
moderationContract(sqliteBackend)
deletionContract(sqliteBackend)
pinsContract(sqliteBackend)
