/** Repeatable random choices: the same seed gives the same attack. */
export class SeededRandom {
  readonly seed: number
  #state: number

  constructor(seed = Math.floor(Math.random() * 2 ** 32)) {
    this.seed = seed
    this.#state = seed
  }

  /** A whole number from 0 to `max` - 1. */
  below(max: number): number {
    return Math.floor(this.#next() * max)
  }

  between(min: number, max: number): number {
    return min + this.below(max - min + 1)
  }

  isIn(oneIn: number): boolean {
    return this.below(oneIn) === 0
  }

  pick<Item>(items: readonly Item[]): Item {
    return items[this.below(items.length)] as Item
  }

  bytes(length: number): Buffer {
    return Buffer.alloc(length).map(() => this.below(256)) as Buffer
  }

  /** The bytes, cut into at most that many pieces. */
  pieces(bytes: Buffer, max: number): Buffer[] {
    const ends = Array.from({ length: this.below(max) }, () => this.below(bytes.length + 1))
    ends.sort((a, b) => a - b).push(bytes.length)
    return ends.map((end, i) => bytes.subarray(ends[i - 1] ?? 0, end)).filter(({ length }) => length > 0)
  }

  /** Mulberry32, of Tommy Ettinger: small, and random enough for attacks. */
  #next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let t = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}
