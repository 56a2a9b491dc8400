/** Whether an S3 store can be used, and how many requests may wait for it: one that hangs must not take the server's sockets. */
import { ChatError } from '../../../shared/protocol/errors.ts'
import { createTurns, type InTurn, TooBusy } from '../../rate-limit/fair-queue.ts'
import { isOfConnection, isPassing } from './s3-client.ts'
import { noKey, reasonOf, S3Fault } from './s3-fault.ts'

/** Told of the first failure, with its reason, and of the first success after that. */
export type StoreWatcher = (reason: string | undefined) => void

/** Requests whose answer has not begun. An answer that is being read is bounded by the connection of its reader. */
const asking = { maxAtOnce: 64, maxWaiting: 1_000, workMs: 50, maxWaitMs: 5_000 }
const sending = { maxAtOnce: 32, maxWaiting: 1_000, workMs: 1_000, maxWaitMs: 20_000 }
const retryAfterMs = 10_000
/** While the store is down one request tries it. Another one may when that takes so long: it may be sending a large file. */
const maxTryMs = 5_000

export class StoreHealth {
  readonly #watcher: StoreWatcher
  readonly #askInTurn = createTurns(asking)
  readonly #sendInTurn = createTurns(sending)
  /** As the watcher knows. */
  #isFailing = false
  /** Whether the store itself cannot be used: a fault may also be that of one object. */
  #isDown = false
  #triedAt = Number.NEGATIVE_INFINITY

  constructor(watcher: StoreWatcher) {
    this.#watcher = watcher
  }

  /** @throws ChatError `unavailable`: at once while the store is down; what is not of the store */
  async whileAsking<Result>(work: () => Promise<Result>, signal?: AbortSignal): Promise<Result> {
    return await this.#inTurn(this.#askInTurn, work, signal)
  }

  /** For what takes as long as its file is large. */
  async whileSending<Result>(work: () => Promise<Result>): Promise<Result> {
    return await this.#inTurn(this.#sendInTurn, work)
  }

  /** The store failed before anybody asked for a file. */
  noteFault(error: unknown): void {
    if (!this.#isFailing) this.#watcher(reasonOf(error))
    this.#isFailing = true
    this.#isDown ||= isPassing(error)
  }

  async #inTurn<Result>(inTurn: InTurn, work: () => Promise<Result>, signal?: AbortSignal) {
    if (this.#isRefusing()) throw unavailable()
    return await inTurn('', () => this.#try(work, signal)).catch((error) => {
      throw error instanceof TooBusy ? unavailable() : error
    })
  }

  /** What is only for the operator goes to them, and the user is told to come again. */
  async #try<Result>(work: () => Promise<Result>, signal: AbortSignal | undefined): Promise<Result> {
    // It may have left, and the store may have failed, while this one waited for its turn.
    if (signal?.aborted || this.#isRefusing()) throw unavailable()
    const isTrial = this.#isDown
    if (isTrial) this.#triedAt = performance.now()
    try {
      const result = await work()
      this.#noteSuccess()
      return result
    } catch (error) {
      // Its reader has left: that says nothing of the store.
      if (signal?.aborted) throw unavailable()
      const isOfStore = error instanceof S3Fault ? error.code !== noKey : isOfConnection(error)
      // That there is no such object is an answer, too.
      if (error instanceof S3Fault && error.code === noKey) this.#noteSuccess()
      if (!isOfStore) throw error
      this.noteFault(error)
      throw unavailable()
    } finally {
      if (isTrial) this.#triedAt = Number.NEGATIVE_INFINITY
    }
  }

  #noteSuccess(): void {
    if (this.#isFailing) this.#watcher(undefined)
    this.#isFailing = false
    this.#isDown = false
  }

  #isRefusing(): boolean {
    return this.#isDown && performance.now() - this.#triedAt < maxTryMs
  }
}

function unavailable(): ChatError {
  return new ChatError('unavailable', 'Files cannot be reached at the moment. Try again later.', retryAfterMs)
}
