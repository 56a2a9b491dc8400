/** The SHA-256 of a file on the disk. */
import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'
import { backgroundThreads } from '../../threads/background-threads.ts'
import type { Digest, DigestOutcome } from './digest-thread.ts'

/** The event loop has a turn after each. */
const partBytes = 128 * 1024
/** To hash more takes longer than a message may wait. To start a thread for less would take longer than to hash it. */
export const maxBytesHere = 4 * 1024 * 1024

export type DigestOf = (path: string) => Promise<Digest>

/** What is larger is hashed on a thread, one file after another: a gigabyte takes two seconds of a processor. */
export function createDigest(): DigestOf {
  const onThread = backgroundThreads<string, DigestOutcome>(new URL('./digest-thread.ts', import.meta.url), {
    name: 'digest',
    resourceLimits: { maxYoungGenerationSizeMb: 2 },
  })
  let last: Promise<unknown> = Promise.resolve()

  return async (path) => {
    const known = await digestHere(path)
    if (known) return known
    const outcome = last.then(() => onThread(path))
    last = outcome.catch(() => {}) // thrown below, to the one whose file it is
    const digest = await outcome
    if ('fault' in digest) throw Object.assign(new Error(digest.fault), { code: digest.code })
    return digest
  }
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
