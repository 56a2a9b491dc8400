/** Loaded into a server with `--import`: what only the process itself can see, told when asked. */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { getHeapSpaceStatistics } from 'node:v8'

export interface ProbeReport {
  memory: NodeJS.MemoryUsage
  spaces: Record<string, { used: number; committed: number }>
  /** How late the event loop was since the last report, in milliseconds. */
  delay: { p50: number; p99: number; max: number }
}

const resolutionMs = 1
const delay = monitorEventLoopDelay({ resolution: resolutionMs })
delay.enable()

process.on('message', () => {
  const ms = (nanoseconds: number) => Math.max(0, nanoseconds / 1e6 - resolutionMs)
  const report: ProbeReport = {
    memory: process.memoryUsage(),
    spaces: Object.fromEntries(
      getHeapSpaceStatistics().map((space) => [
        space.space_name,
        { used: space.space_used_size, committed: space.physical_space_size },
      ]),
    ),
    delay: { p50: ms(delay.percentile(50)), p99: ms(delay.percentile(99)), max: ms(delay.max) },
  }
  delay.reset()
  process.send?.(report)
})
process.channel?.unref()
