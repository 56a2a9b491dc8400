/** The SHA-256 of a file on the disk. */
import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'
import { ChatError } from '../../../shared/protocol/errors.ts'
import { createTurns, TooBusy } from '../../rate-limit/fair-queue.ts'
import { backgroundThreads } from '../../threads/background-threads.ts'
import type { Digest, DigestOutcome } from './digest-thread.ts'

/** The event loop has a turn after each. */
const partBytes = 128 * 1024
/** To hash more takes longer than a message may wait. To start a thread for less would take longer than to hash it. */
export const maxBytesHere = 4 * 1024 * 1024

export const digestTurns = {
  maxAtOnce: 1,
  /** Maximum over all users. */
  maxWaiting: 1_000,
  /** 100 MB, with the pauses of the thread. */
  workMs: 300,
  /** A connection would be closed after 30 s without an answer. An upload is complete with its last byte: its client asks again. */
  maxWaitMs: 20_000,
}

/** @param by the user, by `callerOf` @throws ChatError `unavailable` when too many wait; the error of the disk */
export type DigestOf = (path: string, by: string) => Promise<Digest>

/** What is larger is hashed on a thread, one file after another: a gigabyte takes about two seconds. Users take turns. */
export function createDigest(): DigestOf {
  const onThread = backgroundThreads<string, DigestOutcome>(new URL('./digest-thread.ts', import.meta.url), {
    name: 'digest',
    resourceLimits: { maxYoungGenerationSizeMb: 2 },
  })
  const inTurn = createTurns(digestTurns)

  return async (path, by) => {
    const known = await digestHere(path)
    if (known) return known
    const digest = await inTurn(by, () => onThread(path)).catch((error) => {
      throw error instanceof TooBusy ? tooManyFiles(error) : error
    })
    if ('fault' in digest) throw Object.assign(new Error(digest.fault), { code: digest.code })
    return digest
  }
}

function tooManyFiles({ retryAfterMs }: TooBusy): ChatError {
  return new ChatError('unavailable', 'Too many large files are being completed. Try again later.', retryAfterMs)
}

/** @returns undefined for a file that is larger. One buffer for all of it: those of a stream would wait in memory to be collected. */
async function digestHere(path: string): Promise<Digest | undefined> {
  const handle = await open(path)
  try {
    if ((await handle.stat()).size > maxBytesHere) return undefined
    const hash = createHash('sha256')
    const part = Buffer.allocUnsafeSlow(partBytes)
    for (let bytes = 0; ; ) {
      const { bytesRead } = await handle.read(part, 0, partBytes, bytes)
      if (bytesRead === 0) return { hash: hash.digest('hex'), bytes }
      hash.update(part.subarray(0, bytesRead))
      bytes += bytesRead
    }
  } finally {
    await handle.close()
  }
}
