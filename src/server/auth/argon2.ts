/** Hashes passwords on threads of their own, which end when there is nothing to hash. */
import type { Argon2Parameters } from 'node:crypto'
import { backgroundThreads } from '../threads/background-threads.ts'
import type { HashOutcome } from './argon2-thread.ts'

/** @returns the tag @throws RangeError for parameters that cannot be */
export type Argon2 = (parameters: Argon2Parameters) => Promise<Buffer>

/** Starts as many threads as there are calls at once: the caller bounds them. */
export function createArgon2(): Argon2 {
  const hash = backgroundThreads<Argon2Parameters, HashOutcome>(new URL('./argon2-thread.ts', import.meta.url), {
    name: 'argon2',
    // The memory of a hash is none of JavaScript's.
    resourceLimits: { maxYoungGenerationSizeMb: 2 },
  })
  return async (parameters) => {
    const outcome = await hash(parameters)
    if ('tag' in outcome) return Buffer.from(outcome.tag)
    throw outcome.isRange ? new RangeError(outcome.fault) : new Error(outcome.fault)
  }
}
