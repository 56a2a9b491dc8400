import type { Cost } from '../contracts/metering.ts'

/** Counts what the thread reads, and its processor time. */
export class CostMeter {
  #rows = 0
  #bytes = 0
  #cpu = process.threadCpuUsage()

  note(row: object): void {
    this.#rows++
    for (const value of Object.values(row)) if (typeof value === 'string') this.#bytes += Buffer.byteLength(value)
  }

  /** What has been read since it was asked last. */
  take(): Cost {
    const { user, system } = process.threadCpuUsage(this.#cpu)
    const cost = { rows: this.#rows, bytes: this.#bytes, ms: (user + system) / 1_000 }
    this.#rows = 0
    this.#bytes = 0
    this.#cpu = process.threadCpuUsage()
    return cost
  }
}
