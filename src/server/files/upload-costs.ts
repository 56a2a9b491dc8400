/** What uploads of all users together cost the rest of the server, and how it is kept small. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { ChatError } from '../../shared/protocol/errors.ts'
import { createTurns, TooBusy } from '../rate-limit/fair-queue.ts'

type Collect = (options: { type: 'minor'; execution: 'sync' }) => void

/** Each part of a body is a buffer of its own. V8 lets them lie until there are 64 MB of them; after so many bytes they are collected. */
const collectAfterBytes = 8 * 1024 * 1024
/**
 * V8 counts those that are not collected yet as old. It lets what is old grow by a tenth in a server that has little to do, and would
 * collect all memory up to eight times a second while files are uploaded, for 10 ms and more each. Meanwhile it may grow to twice as much.
 */
const growth = { whileUploading: '--heap-growing-percent=100', usual: '--heap-growing-percent=0', lastsMs: 10_000 }
/** What the disk is given at once. Messages are synced too, and wait for what is written before them. */
export const syncedBytes = 1024 * 1024
/** The disk rests for so many times as long as a sync took: uploads take a quarter of its time. */
const restFactor = 3
/** After a sync that took long, others have had their turn by then, and uploads take a larger part. */
const maxRestMs = 1_000
export const syncTurns = {
  maxAtOnce: 1,
  /** Maximum over all users. */
  maxWaiting: 1_000,
  /** With its rest: 182 MB/s were taken in, see docs/benchmarks.md, "uploads". */
  workMs: 6,
  /** Then the upload goes on, and waits again after its next bytes: a connection would be closed after 30 s. */
  maxWaitMs: 20_000,
}

export class UploadCosts {
  /** Only of what is young: it takes about a millisecond. */
  readonly #collect: Collect
  readonly #inTurn = createTurns(syncTurns)
  #uncollectedBytes = 0
  #growing: NodeJS.Timeout | undefined

  constructor(collect = collector()) {
    this.#collect = collect
  }

  /** To be told of each part that is not needed any more. */
  received(bytes: number): void {
    this.#uncollectedBytes += bytes
    if (this.#uncollectedBytes < collectAfterBytes) return
    this.#uncollectedBytes = 0
    this.#collect({ type: 'minor', execution: 'sync' })
    this.#letGrow()
  }

  #letGrow(): void {
    if (this.#growing) {
      this.#growing.refresh()
      return
    }
    setFlagsFromString(growth.whileUploading)
    this.#growing = setTimeout(() => {
      setFlagsFromString(growth.usual)
      this.#growing = undefined
    }, growth.lastsMs).unref()
  }

  /**
   * One at a time, with a rest after each. Users take turns: one with many uploads waits for their own.
   * @param by the user, by `callerOf` @returns when it is done, without the rest, or has waited for too long
   * @throws ChatError `unavailable` when too many wait; what `datasync` throws
   */
  async sync(by: string, datasync: () => Promise<void>): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const askedAt = performance.now()
    const turn = this.#inTurn(by, async () => {
      const beganAt = performance.now()
      await datasync().then(resolve, reject)
      const restMs = Math.min(restFactor * (performance.now() - beganAt), maxRestMs)
      await new Promise((rested) => setTimeout(rested, restMs))
    })
    turn.catch((error) => {
      if (!(error instanceof TooBusy)) reject(error)
      else if (performance.now() - askedAt >= syncTurns.maxWaitMs) resolve()
      else reject(tooManyUploads(error))
    })
    await promise
  }
}

function tooManyUploads({ retryAfterMs }: TooBusy): ChatError {
  return new ChatError('unavailable', 'Too many files are being uploaded. Try again later.', retryAfterMs)
}

/** The function that `--expose-gc` gives to contexts that are made later: nobody has to start the server with it. */
function collector(): Collect {
  setFlagsFromString('--expose-gc')
  return runInNewContext('gc')
}
