/** A read that must come to its end, whatever fails: what it reads takes a right away, say. */

const againMs = 500

export class RepeatedRead {
  readonly #read: () => Promise<void>
  readonly #failed: (error: unknown) => void
  /** Whether something has changed since the newest read began. */
  #isWanted = false
  #isReading = false
  #isClosed = false
  #timer: NodeJS.Timeout | undefined

  /** @param failed is told of the first failure in a row */
  constructor(read: () => Promise<void>, failed: (error: unknown) => void) {
    this.#read = read
    this.#failed = failed
  }

  /** Something has changed. Whatever is asked during a read is read once, after it. */
  ask(): void {
    this.#isWanted = true
    if (!this.#isReading && !this.#timer) void this.#run()
  }

  /** Nothing is read after this. */
  close(): void {
    this.#isClosed = true
    clearTimeout(this.#timer)
  }

  async #run(isAgain = false): Promise<void> {
    if (this.#isClosed) return
    this.#isReading = true
    let hasFailed = false
    while (this.#isWanted && !hasFailed) {
      this.#isWanted = false
      try {
        await this.#read()
      } catch (error) {
        hasFailed = true
        this.#isWanted = true
        if (!isAgain && !this.#isClosed) this.#failed(error)
      }
    }
    this.#isReading = false
    if (!hasFailed || this.#isClosed) return
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      void this.#run(true)
    }, againMs)
  }
}
