/** How long things took: a histogram whose buckets grow by 2 %, so that millions of them cost nothing. */
const growth = Math.log(1.02)
const leastMs = 0.1

export class Delays {
  readonly #buckets: number[] = []
  count = 0
  maxMs = 0

  add(ms: number): void {
    const bucket = Math.max(0, Math.ceil(Math.log(Math.max(ms, leastMs) / leastMs) / growth))
    this.#buckets[bucket] = (this.#buckets[bucket] ?? 0) + 1
    this.count++
    if (ms > this.maxMs) this.maxMs = ms
  }

  /** The delay within which that share of all stayed, at most 2 % too long. */
  percentile(share: number): number {
    let left = Math.ceil(share * this.count)
    for (const [bucket, count = 0] of this.#buckets.entries()) {
      left -= count
      if (left <= 0) return Math.min(this.maxMs, leastMs * Math.exp(bucket * growth))
    }
    return this.maxMs
  }

  toString(): string {
    const at = (share: number) => inWords(this.percentile(share))
    return `p50 ${at(0.5)}, p95 ${at(0.95)}, p99 ${at(0.99)}, max ${inWords(this.maxMs)}`
  }
}

export function inWords(ms: number): string {
  return ms < 1_000 ? `${ms.toFixed(ms < 10 ? 1 : 0)} ms` : `${(ms / 1_000).toFixed(2)} s`
}
