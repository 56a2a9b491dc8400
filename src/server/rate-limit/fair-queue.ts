/** Work of which only so much may be done at once, shared out fairly among those who ask for it. */

/** More of them want their turn than may wait for it, or one has waited for too long. */
export class TooBusy extends Error {
  override readonly name = 'TooBusy'
  readonly retryAfterMs: number

  constructor(retryAfterMs: number) {
    super('Too many are waiting for their turn.')
    this.retryAfterMs = retryAfterMs
  }
}

export interface TurnLimits {
  maxAtOnce: number
  /** Maximum of one caller at once; by default all. */
  maxEach?: number
  /** Waiting calls of all callers together. */
  maxWaiting: number
  /** How long a piece of work takes, to say when to come back. */
  workMs: number
  /** How long one may wait: shorter than the connection of the one who asks. */
  maxWaitMs: number
}

/**
 * Does the work when it is its turn. Those who ask take turns, and each has their own work done in the order in which it came: a
 * flood of one delays the others by one piece of work for each of their turns. A single caller may use all of it, or `maxEach`. When
 * too many wait, the caller with most of it loses one. A caller that has waited for too long is told so. @param by the caller @throws {TooBusy}
 */
export type InTurn = <Result>(by: string, work: () => Promise<Result>) => Promise<Result>

interface Waiting {
  begin(): void
  giveWay(error: TooBusy): void
}

export function createTurns(limits: TurnLimits): InTurn {
  const queue = new FairQueue(limits)
  return async (by, work) => {
    await queue.begin(by)
    try {
      return await work()
    } finally {
      queue.end(by)
    }
  }
}

class FairQueue {
  readonly #limits: TurnLimits
  /** In the order of their turns; none is empty. */
  readonly #queues = new Map<string, Waiting[]>()
  #waiting = 0
  #running = 0
  /** How much of each caller is being done. */
  readonly #runningOf = new Map<string, number>()

  constructor(limits: TurnLimits) {
    this.#limits = limits
  }

  /** Resolves when it is the caller's turn. @throws {TooBusy} */
  async begin(by: string): Promise<void> {
    if (this.#running < this.#limits.maxAtOnce && this.#mayHaveMore(by)) return this.#count(by, 1)
    if (this.#waiting >= this.#limits.maxWaiting && !this.#makeRoomFor(by)) throw this.#tooBusy()
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const one = { begin: resolve, giveWay: reject }
    this.#queues.set(by, [...(this.#queues.get(by) ?? []), one])
    this.#waiting++
    const timer = setTimeout(() => this.#giveUp(by, one), this.#limits.maxWaitMs)
    await promise.finally(() => clearTimeout(timer))
  }

  /** Hands the turn on: were it given up first, one who has just come could take it. */
  end(ended: string): void {
    this.#count(ended, -1)
    const first = this.#queues.entries().find(([by]) => this.#mayHaveMore(by))
    if (!first) return
    const [by, [next, ...rest]] = first
    // A caller with more waiting goes to the end again.
    this.#queues.delete(by)
    if (rest.length) this.#queues.set(by, rest)
    this.#waiting--
    this.#count(by, 1)
    next?.begin()
  }

  #mayHaveMore(by: string): boolean {
    return (this.#runningOf.get(by) ?? 0) < (this.#limits.maxEach ?? this.#limits.maxAtOnce)
  }

  #count(by: string, change: 1 | -1): void {
    const running = (this.#runningOf.get(by) ?? 0) + change
    if (running) this.#runningOf.set(by, running)
    else this.#runningOf.delete(by)
    this.#running += change
  }

  /** The last of the longest queue gives way, unless it is no longer than the asker's own would be. */
  #makeRoomFor(by: string): boolean {
    let longest = by
    for (const [one, queue] of this.#queues) if (queue.length > (this.#queues.get(longest)?.length ?? 0)) longest = one
    const queue = this.#queues.get(longest) ?? []
    if (queue.length <= (this.#queues.get(by)?.length ?? 0) + 1) return false
    this.#waiting--
    queue.pop()?.giveWay(this.#tooBusy())
    return true
  }

  #giveUp(by: string, one: Waiting): void {
    const rest = (this.#queues.get(by) ?? []).filter((other) => other !== one)
    if (rest.length) this.#queues.set(by, rest)
    else this.#queues.delete(by)
    this.#waiting--
    one.giveWay(this.#tooBusy())
  }

  #tooBusy(): TooBusy {
    const { workMs, maxAtOnce } = this.#limits
    return new TooBusy(Math.ceil(((this.#waiting + 1) * workMs) / maxAtOnce))
  }
}
