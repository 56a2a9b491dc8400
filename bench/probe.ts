/** Loaded into a server with `--import`: what only the process itself can see, told when asked. */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { isMainThread } from 'node:worker_threads'

export interface ProbeReport {
  /** How late the event loop was since the last report, in milliseconds. */
  delay: { p50: number; p99: number; max: number }
}

const resolutionMs = 10
// The writer's thread loads it as well.
if (isMainThread) {
  const delay = monitorEventLoopDelay({ resolution: resolutionMs })
  delay.enable()

  process.on('message', () => {
    const ms = (nanoseconds: number) => Math.max(0, nanoseconds / 1e6 - resolutionMs)
    const report: ProbeReport = {
      delay: { p50: ms(delay.percentile(50)), p99: ms(delay.percentile(99)), max: ms(delay.max) },
    }
    delay.reset()
    process.send?.(report)
  })
  process.channel?.unref()
}
