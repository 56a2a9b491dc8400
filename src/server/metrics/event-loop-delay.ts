import { monitorEventLoopDelay } from 'node:perf_hooks'

const sampleMs = 20
/** What is told describes at least so long: two who ask one after the other do not take it from each other. */
const windowMs = 10_000
const nanosecondsPerSecond = 1e9

/** How late the event loop is, over the last seconds. */
export class EventLoopDelay {
  readonly #histogram = monitorEventLoopDelay({ resolution: sampleMs })
  #began = performance.now()
  #quantiles: Record<string, number> | undefined

  constructor() {
    this.#histogram.enable()
  }

  /** In seconds, by the quantile. */
  quantiles(): Record<string, number> {
    const isDue = performance.now() - this.#began >= windowMs
    if (this.#quantiles && !isDue) return this.#quantiles
    const at = (percentile: number) => secondsOf(this.#histogram.percentile(percentile))
    const quantiles = { 0.5: at(50), 0.99: at(99), 1: secondsOf(this.#histogram.max) }
    if (!isDue) return quantiles
    this.#quantiles = quantiles
    this.#began = performance.now()
    this.#histogram.reset()
    return quantiles
  }

  stop(): void {
    this.#histogram.disable()
  }
}

/** A sample is the time between two, which is never shorter than the interval. Without one it is 0. */
function secondsOf(nanoseconds: number): number {
  return Math.max(0, nanoseconds / nanosecondsPerSecond - sampleMs / 1_000) || 0
}
