/** One at a time: for each key the next begins when the one before has ended. */
export class Locks {
  readonly #last = new Map<string, { interrupt: AbortController; done: Promise<void> }>()

  /** Whether somebody holds it, or waits for it. */
  has(key: string): boolean {
    return this.#last.has(key)
  }

  /** Resolves when nobody holds any. */
  async released(): Promise<void> {
    while (this.#last.size > 0) await Promise.all([...this.#last.values()].map(({ done }) => done))
  }

  /** Waits for its turn. */
  async hold<Result>(key: string, work: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
    return await this.#enter(key, work)
  }

  /** Interrupts the one before, and waits until it has ended: its connection may be dead, which nothing else tells for a long time. */
  async takeOver<Result>(key: string, work: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
    this.#last.get(key)?.interrupt.abort()
    return await this.#enter(key, work)
  }

  async #enter<Result>(key: string, work: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
    const before = this.#last.get(key)
    const { promise: done, resolve } = Promise.withResolvers<void>()
    const mine = { interrupt: new AbortController(), done }
    this.#last.set(key, mine)
    try {
      await before?.done
      return await work(mine.interrupt.signal)
    } finally {
      resolve()
      if (this.#last.get(key) === mine) this.#last.delete(key)
    }
  }
}
