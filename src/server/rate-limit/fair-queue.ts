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
  /** Waiting calls of all callers together. */
  maxWaiting: number
  /** How long a piece of work takes, to say when to come back. */
  workMs: number
  /** How long one may wait: shorter than the connection of the one who asks. */
  maxWaitMs: number
}

/**
 * Does the work when it is its turn. Those who ask take turns, and each has their own work done in the order in which it came: a
 * flood of one delays the others by one piece of work for each of their turns. A single caller may use all of it. When too many
 * wait, the caller with most of it loses one. Who has waited for too long is told so. @param by who asks @throws {TooBusy}
 */
export type InTurn = <Result>(by: string, work: () => Promise<Result>) => Promise<Result>

interface Waiting {
  begin(): void
  giveWay(error: TooBusy): void
}

export function createTurns({ maxAtOnce, maxWaiting, workMs, maxWaitMs }: TurnLimits): InTurn {
  /** In the order of their turns; none is empty. */
  const queues = new Map<string, Waiting[]>()
  let waiting = 0
  let running = 0

  async function begin(by: string): Promise<void> {
    if (running < maxAtOnce) {
      running++
      return
    }
    if (waiting >= maxWaiting && !makeRoomFor(by)) throw tooBusy()
    waiting++
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const queue = queues.get(by) ?? []
    const one = { begin: resolve, giveWay: reject }
    queue.push(one)
    queues.set(by, queue)
    const timer = setTimeout(() => giveUp(by, one), maxWaitMs)
    await promise.finally(() => clearTimeout(timer))
  }

  function giveUp(by: string, one: Waiting): void {
    const queue = queues.get(by) ?? []
    const rest = queue.filter((other) => other !== one)
    if (rest.length) queues.set(by, rest)
    else queues.delete(by)
    waiting--
    one.giveWay(tooBusy())
  }

  /** The last of the longest queue gives way, unless it is no longer than the asker's own would be. */
  function makeRoomFor(by: string): boolean {
    let longest = by
    for (const [one, queue] of queues) if (queue.length > (queues.get(longest)?.length ?? 0)) longest = one
    const queue = queues.get(longest) ?? []
    if (queue.length <= (queues.get(by)?.length ?? 0) + 1) return false
    waiting--
    queue.pop()?.giveWay(tooBusy())
    return true
  }

  /** Hands the turn on: were it given up first, one who has just come could take it. */
  function end(): void {
    const [first] = queues
    if (!first) {
      running--
      return
    }
    const [by, queue] = first
    const next = queue.shift()
    // A caller with more waiting goes to the end again.
    queues.delete(by)
    if (queue.length) queues.set(by, queue)
    waiting--
    next?.begin()
  }

  function tooBusy(): TooBusy {
    return new TooBusy(Math.ceil(((waiting + 1) * workMs) / maxAtOnce))
  }

  return async (by, work) => {
    await begin(by)
    try {
      return await work()
    } finally {
      end()
    }
  }
}
