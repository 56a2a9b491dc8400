/** How long things took, in milliseconds. */
export class Latencies {
  #values = new Float64Array(1 << 16)
  #count = 0

  add(ms: number): void {
    if (this.#count === this.#values.length) {
      const larger = new Float64Array(2 * this.#count)
      larger.set(this.#values)
      this.#values = larger
    }
    this.#values[this.#count++] = ms
  }

  addAll(others: Latencies): void {
    for (let i = 0; i < others.#count; i++) this.add(others.#values[i] as number)
  }

  get count(): number {
    return this.#count
  }

  /** The smallest value that so large a share, from 0 to 1, does not exceed. */
  percentile(share: number): number {
    const sorted = this.#values.subarray(0, this.#count).sort()
    return sorted[Math.max(0, Math.ceil(share * this.#count) - 1)] ?? Number.NaN
  }

  clear(): void {
    this.#count = 0
  }
}
