export interface Rate {
  /** How many at once. */
  burst: number
  perSecond: number
}

/** A bucket of tokens that refills as time passes. */
export class TokenBucket {
  readonly #rate: Rate
  #tokens: number
  #at: number

  constructor(rate: Rate, now = performance.now()) {
    this.#rate = rate
    this.#tokens = rate.burst
    this.#at = now
  }

  /** Takes one. @returns 0, or in how many milliseconds there will be one to take */
  take(now = performance.now()): number {
    this.#refill(now)
    if (this.#tokens < 1) return Math.ceil(((1 - this.#tokens) / this.#rate.perSecond) * 1000)
    this.#tokens -= 1
    return 0
  }

  /** Puts one back, as if it had not been taken. */
  give(now = performance.now()): void {
    this.#refill(now)
    this.#tokens = Math.min(this.#rate.burst, this.#tokens + 1)
  }

  /** Takes what was used already, be it more than there is: what is missing has to come first. */
  spend(tokens: number, now = performance.now()): void {
    this.#refill(now)
    this.#tokens -= tokens
  }

  /** @returns 0, or in how many milliseconds there will be so much to take */
  waitMs(tokens = 1, now = performance.now()): number {
    this.#refill(now)
    return this.#tokens >= tokens ? 0 : Math.ceil(((tokens - this.#tokens) / this.#rate.perSecond) * 1000)
  }

  isFull(now = performance.now()): boolean {
    this.#refill(now)
    return this.#tokens === this.#rate.burst
  }

  #refill(now: number): void {
    const refilled = this.#tokens + ((now - this.#at) / 1000) * this.#rate.perSecond
    this.#tokens = Math.min(this.#rate.burst, refilled)
    this.#at = now
  }
}

const sweepAt = 1_000
/** Names and networks are free to make, so that memory is bounded: the oldest buckets are forgotten. */
export const maxBuckets = 50_000

/** A bucket for each key. Full ones are forgotten, since a new one would be the same. */
export class TokenBuckets<Key> {
  readonly rate: Rate
  readonly #buckets = new Map<Key, TokenBucket>()
  #sweepAt = sweepAt

  constructor(rate: Rate) {
    this.rate = rate
  }

  /** Takes one of the key's. @returns 0, or in how many milliseconds there will be one to take */
  take(key: Key, now = performance.now()): number {
    const bucket = this.#buckets.get(key) ?? this.#add(key, now)
    return bucket.take(now)
  }

  /** Puts one of the key's back, as if it had not been taken. */
  give(key: Key, now = performance.now()): void {
    this.#buckets.get(key)?.give(now)
  }

  /** @returns 0, or in how many milliseconds the key has so much to take */
  waitMs(key: Key, tokens = 1, now = performance.now()): number {
    return this.#buckets.get(key)?.waitMs(tokens, now) ?? 0
  }

  /** Takes what the key has used already, be it more than there is. */
  spend(key: Key, tokens: number, now = performance.now()): void {
    const bucket = this.#buckets.get(key) ?? this.#add(key, now)
    bucket.spend(tokens, now)
  }

  #add(key: Key, now: number): TokenBucket {
    if (this.#buckets.size >= this.#sweepAt) this.#sweep(now)
    const [oldest] = this.#buckets.size >= maxBuckets ? this.#buckets.keys() : []
    if (oldest !== undefined) this.#buckets.delete(oldest)
    const bucket = new TokenBucket(this.rate, now)
    this.#buckets.set(key, bucket)
    return bucket
  }

  #sweep(now: number): void {
    for (const [key, bucket] of this.#buckets) if (bucket.isFull(now)) this.#buckets.delete(key)
    // Twice what is left: a sweep then costs each key a constant, however many there are.
    this.#sweepAt = Math.max(sweepAt, 2 * this.#buckets.size)
  }
}

/** Takes one of each. What one refuses is not taken from the others. @returns as `take` */
export function takeOfAll<Key>(...parts: readonly [buckets: TokenBuckets<Key>, key: Key][]): number {
  const waitMs = Math.max(...parts.map(([buckets, key]) => buckets.waitMs(key)))
  if (!waitMs) for (const [buckets, key] of parts) buckets.take(key)
  return waitMs
}
