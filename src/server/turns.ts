/** Work of which only so much may be done at once. */

/** More of them want their turn than may wait for it. */
export class TooBusy extends Error {
  override readonly name = 'TooBusy'
  readonly retryAfterMs: number

  constructor(retryAfterMs: number) {
    super('Too many are waiting for their turn.')
    this.retryAfterMs = retryAfterMs
  }
}

export interface TurnLimits {
  mostAtOnce: number
  mostWaiting: number
  /** By when those who wait will have had their turn. */
  retryAfterMs: number
}

/** Does the work when it is its turn, in the order in which it came. @throws {TooBusy} */
export type InTurn = <Result>(work: () => Promise<Result>) => Promise<Result>

export function createTurns({ mostAtOnce, mostWaiting, retryAfterMs }: TurnLimits): InTurn {
  const waiting: (() => void)[] = []
  let running = 0

  async function begin(): Promise<void> {
    if (running < mostAtOnce) running++
    else if (waiting.length < mostWaiting) await new Promise<void>((resolve) => waiting.push(resolve))
    else throw new TooBusy(retryAfterMs)
  }

  /** Hands the turn on: were it given up first, one who has just come could take it. */
  function end(): void {
    const next = waiting.shift()
    if (next) next()
    else running--
  }

  return async (work) => {
    await begin()
    try {
      return await work()
    } finally {
      end()
    }
  }
}
