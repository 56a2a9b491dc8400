import { setImmediate } from 'node:timers'
import type { Worker } from 'node:worker_threads'
import { ChatError } from '../../../shared/protocol/errors.ts'
import { confusableTable } from '../../auth/confusables.ts'
import type { Writes } from '../calls.ts'
import type { StoreWatcher } from '../store.ts'
import type { ResultOf } from '../transaction.ts'
import { unavailable } from '../unavailable.ts'
import { startWriter } from './threads.ts'
import type { Batch, Fault, WriteCall } from './writer.ts'

/** In a larger batch the first would wait for the last, and the event loop for all of them. */
const maxInBatch = 200
/** One is being committed and the next one is there already: the writer never waits for a busy event loop. */
const maxInFlight = 2
/** A transaction that takes longer is told to the operator: the disk is slow, or shared with something that is busy. */
const slowTransactionMs = 1_000

interface Waiting {
  call: WriteCall
  resolve(value: unknown): void
  reject(error: Error): void
}

/**
 * Hands writes to the writer's thread. While transactions are being committed the next one gathers, so a busy server
 * stores hundreds of entries for one fsync, and a quiet one waits for nobody.
 */
export class GroupCommit {
  /** Resolves with the reason once nothing can be written any more. */
  readonly failed: Promise<Error>
  readonly #worker: Worker
  readonly #watcher: StoreWatcher
  #fail!: (reason: Error) => void // set by the promise of `failed`, before the constructor returns
  #failure: Error | undefined
  #fault: string | undefined
  #waiting: Waiting[] = []
  readonly #inFlight: Waiting[][] = []
  #committedAt = Number.NEGATIVE_INFINITY
  #isScheduled = false
  #whenIdle: (() => void) | undefined

  constructor(path: string, watcher: StoreWatcher = {}) {
    this.#watcher = watcher
    this.failed = new Promise((resolve) => {
      this.#fail = resolve
    })
    this.#worker = startWriter(path)
    // Made while the thread starts.
    this.#worker.postMessage(confusableTable())
    this.#worker.on('message', (batch: Batch) => this.#finish(batch))
    this.#worker.on('error', (error: Error) => this.#end(error))
    this.#worker.on('exit', () => this.#end(new Error('The writer has ended.')))
  }

  /** Resolves after the commit; calls are carried out in the order in which they were made. */
  write<Name extends keyof Writes>(name: Name, ...values: Parameters<Writes[Name]>): Promise<ResultOf<Writes[Name]>> {
    return new Promise((resolve, reject) => {
      if (this.#failure) return reject(unavailable())
      this.#waiting.push({ call: { name, values }, resolve: resolve as (value: unknown) => void, reject })
      this.#schedule()
    })
  }

  /** Why the last transaction could not be committed; undefined when it was. */
  get fault(): string | undefined {
    return this.#failure?.message ?? this.#fault
  }

  /** Milliseconds since something was stored. */
  get msSinceCommit(): number {
    return performance.now() - this.#committedAt
  }

  /** Waits for what was begun, then for the writer to let go of the database. */
  async close(): Promise<void> {
    if (this.#failure) return
    await new Promise<void>((resolve) => {
      this.#worker.on('exit', resolve)
      this.#whenIdle = () => this.#worker.postMessage('close')
      if (this.#isIdle()) this.#whenIdle()
    })
  }

  /** At the end of this turn of the event loop, so that what arrived in it goes together. */
  #schedule(): void {
    if (this.#isScheduled || this.#inFlight.length >= maxInFlight) return
    this.#isScheduled = true
    setImmediate(() => {
      this.#isScheduled = false
      while (this.#waiting.length && this.#inFlight.length < maxInFlight) {
        const batch = this.#waiting.splice(0, maxInBatch)
        this.#inFlight.push(batch)
        this.#worker.postMessage(batch.map(({ call }) => call))
      }
    })
  }

  #finish({ outcomes, failure, ms }: Batch): void {
    const finished = this.#inFlight.shift() ?? []
    if (ms > slowTransactionMs) this.#watcher.slow?.({ ms, writes: finished.length })
    if (!failure) {
      this.#committedAt = performance.now()
      this.#watcher.committed?.({ ms, writes: finished.length })
    }
    this.#noteFault(failure?.message)
    if (failure?.isFinal) this.#end(new Error(failure.message))
    for (const [i, { resolve, reject }] of finished.entries()) {
      const outcome = outcomes[i]
      // After an fsync that failed nobody knows what is on the disk: no refusal, and so no promise that it was not stored.
      if (!outcome) reject(failure?.isFinal ? new Error(failure.message) : unavailable())
      else if ('value' in outcome) resolve(outcome.value)
      else reject(errorOf(outcome.fault))
    }
    if (this.#waiting.length) this.#schedule()
    else if (this.#isIdle()) this.#whenIdle?.()
  }

  /** Tells of the first failure and of the first success after it, not of each. */
  #noteFault(fault: string | undefined): void {
    const before = this.#fault
    this.#fault = fault
    if (fault !== undefined && before === undefined) this.#watcher.failing?.(fault)
    if (fault === undefined && before !== undefined) this.#watcher.recovered?.()
  }

  #end(reason: Error): void {
    if (this.#failure) return
    this.#failure = reason
    for (const { reject } of this.#inFlight.splice(0).flat()) reject(reason)
    for (const { reject } of this.#waiting.splice(0)) reject(unavailable())
    if (this.#whenIdle) this.#whenIdle()
    else this.#fail(reason)
  }

  #isIdle(): boolean {
    return !this.#inFlight.length && !this.#waiting.length
  }
}

function errorOf({ code, message, retryAfterMs }: Fault): Error {
  return code ? new ChatError(code, message, retryAfterMs) : new Error(message)
}
