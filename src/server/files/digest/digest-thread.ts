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
/** A part that took long was waited for: the process was stopped, or the disk was slow. */
const maxPauseMs = 5

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

const never = new Int32Array(new SharedArrayBuffer(4))

/** Linux may let a thread of low priority finish its time slice of some milliseconds before one that wakes up: pauses end it sooner. */
function pause(ms: number): void {
  Atomics.wait(never, 0, 0, ms)
}

function digestOf(path: string): Digest {
  const hash = createHash('sha256')
  const part = Buffer.allocUnsafeSlow(partBytes)
  const file = openSync(path, 'r')
  try {
    for (let bytes = 0; ; ) {
      const beganAt = performance.now()
      const read = readSync(file, part, 0, partBytes, bytes)
      if (read === 0) return { hash: hash.digest('hex'), bytes }
      hash.update(part.subarray(0, read))
      bytes += read
      pause(Math.min(performance.now() - beganAt, maxPauseMs))
    }
  } finally {
    closeSync(file)
  }
}
