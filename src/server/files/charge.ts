import { ChatError } from '../../shared/protocol/errors.ts'
import type { Limiter } from '../rate-limit/limiter.ts'
import type { Author } from '../rate-limit/storage-quota.ts'
import type { UploadLimits } from './upload-limits.ts'

interface Needs {
  limiter: Pick<Limiter, 'store' | 'upload'>
  limits: UploadLimits
}

/**
 * Charges an upload to its user and their network. The limits of the user for a day are in the store.
 * @returns gives it back, for what was not begun after all @throws ChatError `quota`, `too-fast`
 */
export function charge({ limiter, limits }: Needs, author: Author, cost: { bytes: number; rowBytes: number }) {
  // All guests of a network together have what an account has.
  const ofNetwork = limits.fileBytesPerDay
  const giveBackFile = limiter.upload(author, cost.bytes / Math.max(1, ofNetwork))
  if (!giveBackFile)
    throw new ChatError('quota', `The guests of your network can upload ${ofNetwork} bytes together in 24 hours.`)
  try {
    const giveBackRow = limiter.store(author, cost.rowBytes)
    return () => {
      giveBackRow()
      giveBackFile()
    }
  } catch (error) {
    giveBackFile()
    throw error
  }
}
