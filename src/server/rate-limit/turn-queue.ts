/**
 * Starts little work in each turn of the event loop, so that what others send comes in between, and takes it from each asker in
 * turn, so that one who asks for much waits behind themself.
 */
export class TurnQueue {
  readonly #maxInTurn: number
  readonly #rest: number
  /** What waits, by asker; the one who is next comes first. */
  readonly #waiting = new Map<string, (() => void)[]>()
  /** When those who rest may go on. */
  readonly #restsUntil = new Map<string, number>()
  /** Callers whose work has started in this turn. */
  #started: string[] = []
  #startedAt = 0
  #isScheduled = false
  #timer: NodeJS.Timeout | undefined

  /**
   * @param maxInTurn how many may start in one turn
   * @param rest after work that took a turn of n ms its asker waits for `rest` × n ms
   */
  constructor(maxInTurn: number, { rest = 0 } = {}) {
    this.#maxInTurn = maxInTurn
    this.#rest = rest
  }

  /** Resolves when the work may start. What it does until it waits for something is its turn. */
  async turn(asker: string): Promise<void> {
    const isFree = this.#started.length < this.#maxInTurn && !this.#waiting.size && !this.#restsUntil.has(asker)
    if (isFree) this.#note(asker)
    this.#schedule()
    if (isFree) return
    await new Promise<void>((resolve) => {
      const queue = this.#waiting.get(asker)
      if (queue) queue.push(resolve)
      else this.#waiting.set(asker, [resolve])
    })
  }

  #schedule(): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    clearTimeout(this.#timer)
    setImmediate(() => this.#nextTurn())
  }

  #nextTurn(): void {
    this.#isScheduled = false
    const now = performance.now()
    const took = now - this.#startedAt
    for (const [asker, until] of this.#restsUntil) if (until <= now) this.#restsUntil.delete(asker)
    if (this.#rest) for (const asker of this.#started) this.#restsUntil.set(asker, now + took * this.#rest)
    this.#started = []
    for (const asker of this.#waiting.keys()) {
      if (this.#started.length === this.#maxInTurn) break
      if (!this.#restsUntil.has(asker)) this.#startNext(asker)
    }
    if (this.#started.length) this.#schedule()
    else if (this.#waiting.size) this.#wake(Math.min(...this.#restsUntil.values()) - now)
  }

  #wake(ms: number): void {
    this.#timer = setTimeout(() => this.#schedule(), ms).unref()
  }

  #startNext(asker: string): void {
    const queue = this.#waiting.get(asker) ?? []
    this.#note(asker)
    queue.shift()?.()
    // To the end: everybody else comes first.
    this.#waiting.delete(asker)
    if (queue.length) this.#waiting.set(asker, queue)
  }

  #note(asker: string): void {
    if (!this.#started.length) this.#startedAt = performance.now()
    this.#started.push(asker)
  }
}
