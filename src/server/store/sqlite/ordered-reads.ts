import type { Worker } from 'node:worker_threads'
import type { Reads } from '../calls.ts'
import type { Meter } from '../contracts/metering.ts'
import type { ResultOf } from '../transaction.ts'
import type { ReadCall, ReadOutcome } from './reader.ts'
import { startReader } from './threads.ts'

interface Waiting {
  meter: Meter | undefined
  resolve(value: unknown): void
  reject(error: Error): void
}

/**
 * Hands reads to the reader's thread, which does one after the other. The caller decides who
 * reads how much, and in which order. A read that fails fails alone; without its thread the store has failed, as without its writer.
 */
export class OrderedReads {
  /** Resolves with the reason once nothing can be read any more. */
  readonly failed: Promise<Error>
  readonly #worker: Worker
  #fail!: (reason: Error) => void // set by the promise of `failed`, before the constructor returns
  #failure: Error | undefined
  #waiting: Waiting[] = []
  #whenIdle: (() => void) | undefined

  constructor(path: string) {
    this.failed = new Promise((resolve) => {
      this.#fail = resolve
    })
    this.#worker = startReader(path)
    this.#worker.on('message', (outcome: ReadOutcome) => this.#finish(outcome))
    this.#worker.on('error', (error: Error) => this.#end(error))
    this.#worker.on('exit', () => this.#end(new Error('The reader has ended.')))
  }

  /** Sees everything that was acknowledged before the call. */
  read<Name extends keyof Reads>(
    meter: Meter | undefined,
    name: Name,
    ...values: Parameters<Reads[Name]>
  ): Promise<ResultOf<Reads[Name]>> {
    return new Promise((resolve, reject) => {
      if (this.#failure) return reject(this.#failure)
      if (this.#whenIdle) return reject(new Error('The store is closed.'))
      this.#waiting.push({ meter, resolve: resolve as (value: unknown) => void, reject })
      this.#worker.postMessage({ name, values } satisfies ReadCall)
    })
  }

  /** Waits for what was begun, then for the reader to let go of the database. */
  async close(): Promise<void> {
    if (this.#failure) return
    await new Promise<void>((resolve) => {
      this.#worker.on('exit', resolve)
      this.#whenIdle = () => this.#worker.postMessage('close')
      if (!this.#waiting.length) this.#whenIdle()
    })
  }

  #finish(outcome: ReadOutcome): void {
    const { meter, resolve, reject } = this.#waiting.shift() as Waiting
    meter?.(outcome.cost)
    if ('fault' in outcome) reject(new Error(outcome.fault))
    else resolve(outcome.value)
    if (!this.#waiting.length) this.#whenIdle?.()
  }

  #end(reason: Error): void {
    if (this.#failure) return
    this.#failure = reason
    for (const { reject } of this.#waiting.splice(0)) reject(reason)
    if (!this.#whenIdle) this.#fail(reason)
  }
}
