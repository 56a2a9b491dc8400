/** A thread that hashes passwords: at a lower priority, so that chat goes first, and with memory that is freed with the thread. */
import { type Argon2Parameters, argon2Sync } from 'node:crypto'
import { parentPort } from 'node:worker_threads'
import { lowerPriority } from '../threads/background-threads.ts'

export type HashOutcome = { tag: Uint8Array } | { fault: string; isRange: boolean }

lowerPriority()

parentPort?.on('message', (parameters: Argon2Parameters) => {
  parentPort?.postMessage(outcomeOf(parameters))
})

function outcomeOf(parameters: Argon2Parameters): HashOutcome {
  try {
    return { tag: argon2Sync('argon2id', parameters) }
  } catch (error) {
    return { fault: (error as Error).message, isRange: error instanceof RangeError }
  }
}
