import { minuteMs } from '../../shared/durations.ts'

/** After a failure, where the interval is not shorter. */
const retryMs = minuteMs

/** Runs work at an interval, one run at a time. What fails is run again soon. */
export class RepeatedTask {
  readonly #everyMs: number
  readonly #work: (stopping: AbortSignal) => Promise<void>
  readonly #failed: (error: unknown) => void
  readonly #stopping = new AbortController()
  #running: Promise<void> | undefined
  #timer: NodeJS.Timeout | undefined
  #retry: NodeJS.Timeout | undefined

  /** @param failed is told of each failure, but for those that come of its end */
  constructor(everyMs: number, work: (stopping: AbortSignal) => Promise<void>, failed: (error: unknown) => void) {
    this.#everyMs = everyMs
    this.#work = work
    this.#failed = failed
  }

  /** Resolves at the end of the first run. */
  async start(): Promise<void> {
    if (this.#stopping.signal.aborted) return
    this.#timer = setInterval(() => void this.#run(), this.#everyMs).unref()
    await this.#run()
  }

  /** Resolves when nothing of it goes on any more. */
  async close(): Promise<void> {
    clearInterval(this.#timer)
    clearTimeout(this.#retry)
    this.#stopping.abort()
    await this.#running
  }

  async #run(): Promise<void> {
    if (this.#running) return
    const { signal } = this.#stopping
    this.#running = this.#work(signal)
      .catch((error) => {
        if (signal.aborted) return
        this.#failed(error)
        clearTimeout(this.#retry)
        this.#retry = setTimeout(() => void this.#run(), Math.min(retryMs, this.#everyMs)).unref()
      })
      .finally(() => {
        this.#running = undefined
      })
    await this.#running
  }
}
