/** A thread that reads files and hashes them: at a lower priority, so that chat goes first. */
import { createHash } from 'node:crypto'
import { closeSync, openSync, readSync } from 'node:fs'
import { parentPort } from 'node:worker_threads'
import { lowerPriority } from '../../threads/background-threads.ts'

export interface Digest {
  hash: string
  bytes: number
}

export type DigestOutcome = Digest | { fault: string; code: string | undefined }

const partBytes = 256 * 1024

lowerPriority()

parentPort?.on('message', (path: string) => {
  parentPort?.postMessage(outcomeOf(path))
})

function outcomeOf(path: string): DigestOutcome {
  try {
    return digestOf(path)
  } catch (error) {
    const { message, code } = error as NodeJS.ErrnoException
    return { fault: message, code }
  }
}

function digestOf(path: string): Digest {
  const hash = createHash('sha256')
  const part = Buffer.allocUnsafeSlow(partBytes)
  const file = openSync(path, 'r')
  try {
    for (let bytes = 0; ; ) {
      const read = readSync(file, part, 0, partBytes, bytes)
      if (read === 0) return { hash: hash.digest('hex'), bytes }
      hash.update(part.subarray(0, read))
      bytes += read
    }
  } finally {
    closeSync(file)
  }
}
