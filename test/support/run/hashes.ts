/** Counts password hashes instead of measuring time, which would depend on the machine. */
import type { Argon2Parameters } from 'node:crypto'
import { Worker } from 'node:worker_threads'
import type { Cleanup } from '../server/server.ts'

/** @returns the hashes requested since the call, each with its cost */
export function countHashes(t: Cleanup): () => string[] {
  const { postMessage } = Worker.prototype
  const costs: string[] = []
  Worker.prototype.postMessage = function (this: Worker, message: Partial<Argon2Parameters>, ...more) {
    const { memory, passes, parallelism, tagLength } = message
    if (passes !== undefined) costs.push(`${memory} ${passes} ${parallelism} ${tagLength}`)
    return postMessage.call(this, message, ...more)
  }
  t.onTestFinished(() => {
    Worker.prototype.postMessage = postMessage
  })
  return () => costs
}
