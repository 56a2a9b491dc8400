import type { Limiter } from '../../rate-limit/limiter.ts'
import type { Author } from '../../rate-limit/storage-quota.ts'
import type { UploadLimits } from './upload-limits.ts'

interface Needs {
  limiter: Pick<Limiter, 'store' | 'files'>
  limits: UploadLimits
}

/**
 * Charges an upload to its user and their network. The limits of the user for a day are in the store.
 * @returns gives it back, for what was not begun after all @throws ChatError `quota`, `too-fast`
 */
export function charge({ limiter, limits }: Needs, author: Author, cost: { bytes: number; rowBytes: number }) {
  const giveBackFile = limiter.files.announce(author, cost.bytes, limits.fileBytesPerDay)
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

/**
 * Counts what a user sends, kept or not.
 * @param bytes that are announced @param work tells what has come
 * @throws ChatError `quota` when the user has sent too much in a day; what `work` throws
 */
export async function whileSending<Result>(
  { limiter, limits }: Needs,
  author: Author,
  bytes: number,
  work: (sent: (bytes: number) => void) => Promise<Result>,
): Promise<Result> {
  const sending = limiter.files.send(author, bytes, limits.fileBytesPerDay)
  try {
    return await work(sending.came)
  } finally {
    sending.end()
  }
}
