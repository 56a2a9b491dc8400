/** A log that a test reads. */
import { createLog, type Log } from '../../src/server/log.ts'

export type LogLine = Record<string, unknown> & { event?: string }

export interface RecordedLog {
  log: Log
  lines: LogLine[]
  /** Those of that event. */
  of(event: string): LogLine[]
}

export function recordedLog(level = 'info'): RecordedLog {
  const lines: LogLine[] = []
  const log = createLog(level, { write: (line) => lines.push(JSON.parse(line)), dropped: 0, flush: async () => {} })
  return { log, lines, of: (event) => lines.filter((line) => line.event === event) }
}
