/** Hashes passwords on threads of their own, which end when there is nothing to hash. */
import type { Argon2Parameters } from 'node:crypto'
import { Worker } from 'node:worker_threads'
import type { HashOutcome } from './argon2-thread.ts'

/** A thread that has nothing to do holds memory for nothing. */
const idleMs = 1_000

interface Thread {
  worker: Worker
  ending: NodeJS.Timeout | undefined
}

/** @returns the tag @throws RangeError for parameters that cannot be */
export type Argon2 = (parameters: Argon2Parameters) => Promise<Buffer>

/** Starts as many threads as there are calls at once: the caller bounds them. */
export function createArgon2(): Argon2 {
  const idle: Thread[] = []

  return async (parameters) => {
    const thread = idle.pop() ?? start()
    clearTimeout(thread.ending)
    const outcome = await hash(thread.worker, parameters)
    rest(thread)
    if ('tag' in outcome) return Buffer.from(outcome.tag)
    throw outcome.isRange ? new RangeError(outcome.fault) : new Error(outcome.fault)
  }

  function start(): Thread {
    const worker = new Worker(new URL('./argon2-thread.ts', import.meta.url), {
      name: 'argon2',
      // The memory of a hash is none of JavaScript's.
      resourceLimits: { maxYoungGenerationSizeMb: 2 },
    })
    // One that ends by a fault is not used again.
    worker.on('exit', () => {
      const at = idle.findIndex((thread) => thread.worker === worker)
      if (at !== -1) idle.splice(at, 1)
    })
    return { worker, ending: undefined }
  }

  function rest(thread: Thread): void {
    // The process may end meanwhile.
    thread.worker.unref()
    thread.ending = setTimeout(() => {
      idle.splice(idle.indexOf(thread), 1)
      void thread.worker.terminate()
    }, idleMs).unref()
    idle.push(thread)
  }
}

function hash(worker: Worker, parameters: Argon2Parameters): Promise<HashOutcome> {
  worker.ref()
  return new Promise((resolve, reject) => {
    const onExit = () => reject(new Error('The thread that hashes passwords has ended.'))
    worker.once('error', reject).once('exit', onExit)
    worker.once('message', (outcome: HashOutcome) => {
      worker.off('error', reject).off('exit', onExit)
      resolve(outcome)
    })
    worker.postMessage(parameters)
  })
}
