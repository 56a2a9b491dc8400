/**
 * Starts little work in each turn of the event loop, so that what others send comes in between, and takes it from each network in
 * turn, so that one that asks for much waits behind itself.
 */
export class TurnQueue {
  readonly #maxInTurn: number
  /** What waits, by network; the one that is next comes first. */
  readonly #waiting = new Map<string, (() => void)[]>()
  #startedInTurn = 0
  #isScheduled = false

  /** @param maxInTurn how many may start in one turn */
  constructor(maxInTurn: number) {
    this.#maxInTurn = maxInTurn
  }

  /** Resolves when the work may start. */
  async turn(network: string): Promise<void> {
    this.#schedule()
    if (this.#startedInTurn < this.#maxInTurn && !this.#waiting.size) {
      this.#startedInTurn++
      return
    }
    await new Promise<void>((resolve) => {
      const queue = this.#waiting.get(network)
      if (queue) queue.push(resolve)
      else this.#waiting.set(network, [resolve])
    })
  }

  #schedule(): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    setImmediate(() => {
      this.#isScheduled = false
      this.#startedInTurn = 0
      while (this.#startedInTurn < this.#maxInTurn && this.#waiting.size) this.#startNext()
      if (this.#startedInTurn) this.#schedule()
    })
  }

  #startNext(): void {
    const [network, queue] = this.#waiting.entries().next().value as [string, (() => void)[]]
    this.#startedInTurn++
    queue.shift()?.()
    this.#waiting.delete(network)
    if (queue.length) this.#waiting.set(network, queue)
  }
}
