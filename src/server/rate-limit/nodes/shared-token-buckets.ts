import { type Rate, TokenBuckets } from '../token-bucket.ts'
import type { Share, Tell } from './share.ts'

/**
 * A bucket for each key that nodes have together: each has its own, and takes out of it what the others tell that they have taken.
 * Asking costs no time. What is taken on several nodes within a moment may be more than there is; that is missing afterwards.
 */
export class SharedTokenBuckets extends TokenBuckets<string> {
  readonly #share: Share
  readonly #tell: Tell

  /** @param name of the limit, the same on all nodes */
  constructor(rate: Rate, name: string, share: Share) {
    super(rate)
    this.#share = share
    this.#tell = share.register(name, (key, tokens) => this.spend(key, tokens))
  }

  override take(key: string, now = performance.now()): number {
    const cost = Math.min(this.#share.cost, this.rate.burst)
    const waitMs = this.waitMs(key, cost, now)
    if (waitMs) return waitMs
    this.spend(key, cost, now)
    this.#tell(key, 1)
    return 0
  }

  override give(key: string, now = performance.now()): void {
    super.give(key, now)
    this.#tell(key, -1)
  }
}
