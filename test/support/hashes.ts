/** Counts what costs time when a password is looked at: clocks would tell of the machine. */
import type { Argon2Parameters } from 'node:crypto'
import { Worker } from 'node:worker_threads'
import type { Cleanup } from './server.ts'

/** @returns what the threads that hash passwords have been asked for since, and with what cost each time */
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
