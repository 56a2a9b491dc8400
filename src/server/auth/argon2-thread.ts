/** A thread that hashes passwords: at a lower priority, so that chat goes first, and with memory that is freed with the thread. */
import { type Argon2Parameters, argon2Sync } from 'node:crypto'
import { readlinkSync } from 'node:fs'
import { constants, setPriority } from 'node:os'
import { parentPort } from 'node:worker_threads'

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

/**
 * On Linux a thread has a priority of its own, by its number. Elsewhere that number is not known, and it has that of all others.
 * The lowest priority would be too low: on a machine that other programs keep busy, nobody could sign in.
 */
function lowerPriority(): void {
  try {
    const [, thread] = /(\d+)$/.exec(readlinkSync('/proc/thread-self')) ?? []
    if (thread) setPriority(Number(thread), constants.priority.PRIORITY_BELOW_NORMAL)
  } catch {
    // No Linux, or no /proc: it is slower for others, and nothing else.
  }
}
