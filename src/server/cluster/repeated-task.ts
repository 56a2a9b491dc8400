/** Runs work at an interval, one run at a time. What fails is run again at the next one. */
export class RepeatedTask {
  readonly #everyMs: number
  readonly #work: (stopping: AbortSignal) => Promise<void>
  readonly #failed: (error: unknown) => void
  readonly #stopping = new AbortController()
  #running: Promise<void> | undefined
  #timer: NodeJS.Timeout | undefined

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
    this.#stopping.abort()
    await this.#running
  }

  async #run(): Promise<void> {
    if (this.#running) return
    const { signal } = this.#stopping
    this.#running = this.#work(signal)
      .catch((error) => {
        if (!signal.aborted) this.#failed(error)
      })
      .finally(() => {
        this.#running = undefined
      })
    await this.#running
  }
}
