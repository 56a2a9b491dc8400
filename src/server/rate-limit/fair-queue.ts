/** Work of which only so much may be done at once, shared out fairly among those who ask for it. */
import { groupOf } from './user-key.ts'

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
  /** Maximum of one group of callers at once; by default all. */
  maxEach?: number
  /** Waiting calls of all callers together. */
  maxWaiting: number
  /** How long a piece of work takes, to say when to come back. */
  workMs: number
  /** How long one may wait: shorter than the connection of the one who asks. */
  maxWaitMs: number
}

/**
 * Does the work when it is its turn. Groups of callers take turns, and in each group its callers; each caller has their own work done in
 * the order in which it came. A flood of one delays the others by one piece of work for each of their turns. A single group may use all
 * of it, or `maxEach`. When too many wait, the group with most of it loses one. A caller that has waited for too long is told so.
 * @param by the caller, by `callerOf` @throws {TooBusy}
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
  /** Callers by their groups. All are in the order of their turns, and none is empty. */
  readonly #groups = new Map<string, Map<string, Waiting[]>>()
  #waiting = 0
  #running = 0
  /** How much of each group is being done. */
  readonly #runningOf = new Map<string, number>()

  constructor(limits: TurnLimits) {
    this.#limits = limits
  }

  /** Resolves when it is the caller's turn. @throws {TooBusy} */
  async begin(by: string): Promise<void> {
    const group = groupOf(by)
    if (this.#running < this.#limits.maxAtOnce && this.#mayHaveMore(group)) return this.#count(group, 1)
    if (this.#waiting >= this.#limits.maxWaiting && !this.#makeRoomFor(by)) throw this.#tooBusy(group)
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const one = { begin: resolve, giveWay: reject }
    this.#replace(by, [...this.#queueOf(by), one])
    this.#waiting++
    const timer = setTimeout(() => this.#giveUp(by, one), this.#limits.maxWaitMs)
    await promise.finally(() => clearTimeout(timer))
  }

  /** Hands the turn on: were it given up first, one who has just come could take it. */
  end(ended: string): void {
    this.#count(groupOf(ended), -1)
    const first = this.#groups.entries().find(([group]) => this.#mayHaveMore(group))
    if (!first) return
    const [group, queues] = first
    const [[by, [next, ...rest]] = ['', []]] = queues
    // A group and a caller with more waiting go to the end again.
    this.#groups.delete(group)
    queues.delete(by)
    if (queues.size) this.#groups.set(group, queues)
    if (rest.length) this.#replace(by, rest)
    this.#waiting--
    this.#count(group, 1)
    next?.begin()
  }

  #queueOf(by: string): readonly Waiting[] {
    return this.#groups.get(groupOf(by))?.get(by) ?? []
  }

  #replace(by: string, queue: Waiting[]): void {
    const group = groupOf(by)
    const queues = this.#groups.get(group) ?? new Map<string, Waiting[]>()
    if (queue.length) queues.set(by, queue)
    else queues.delete(by)
    if (queues.size) this.#groups.set(group, queues)
    else this.#groups.delete(group)
  }

  #mayHaveMore(group: string): boolean {
    return (this.#runningOf.get(group) ?? 0) < (this.#limits.maxEach ?? this.#limits.maxAtOnce)
  }

  #count(group: string, change: 1 | -1): void {
    const running = (this.#runningOf.get(group) ?? 0) + change
    if (running) this.#runningOf.set(group, running)
    else this.#runningOf.delete(group)
    this.#running += change
  }

  /** The last of the longest queue of the largest group gives way, unless the asker's own would be as long. */
  #makeRoomFor(by: string): boolean {
    const own = groupOf(by)
    let largest = own
    for (const group of this.#groups.keys()) if (this.#waitingOf(group) > this.#waitingOf(largest)) largest = group
    if (this.#waitingOf(largest) <= this.#waitingOf(own) + 1) largest = own
    const queues = [...(this.#groups.get(largest) ?? [])]
    const [longest, queue] = queues.reduce((a, b) => (b[1].length > a[1].length ? b : a), ['', []])
    if (largest === own && queue.length <= this.#queueOf(by).length + 1) return false
    this.#replace(longest, queue.slice(0, -1))
    this.#waiting--
    queue.at(-1)?.giveWay(this.#tooBusy(largest))
    return true
  }

  #giveUp(by: string, one: Waiting): void {
    this.#replace(
      by,
      this.#queueOf(by).filter((other) => other !== one),
    )
    this.#waiting--
    one.giveWay(this.#tooBusy(groupOf(by)))
  }

  #waitingOf(group: string): number {
    const queues = [...(this.#groups.get(group)?.values() ?? [])]
    return queues.reduce((sum, { length }) => sum + length, 0)
  }

  #tooBusy(group: string): TooBusy {
    const { workMs, maxAtOnce, maxEach = maxAtOnce } = this.#limits
    const pieces = Math.max((this.#waiting + 1) / maxAtOnce, (this.#waitingOf(group) + 1) / maxEach)
    return new TooBusy(Math.ceil(workMs * pieces))
  }
}
