import pino from 'pino'
import { type Lines, lineWriter } from './line-writer.ts'

export interface Log extends Pick<pino.Logger, 'debug' | 'info' | 'warn' | 'error'> {
  /** How many lines could not be written since the start. */
  readonly dropped: number
  /** Resolves when what was logged is written or dropped, or after `mostMs`. */
  flush(mostMs: number): Promise<void>
}

/** Lines of JSON, on standard error unless said otherwise: standard output has the lines that say where the server listens. */
export function createLog(level: string, lines: Lines = lineWriter(2, droppedLine)): Log {
  const logger = pino({ ...options, level }, lines)
  return {
    debug: logger.debug.bind(logger),
    info: logger.info.bind(logger),
    warn: logger.warn.bind(logger),
    error: logger.error.bind(logger),
    get dropped() {
      return lines.dropped
    },
    flush: (mostMs) => lines.flush(mostMs),
  }
}

const options = { base: null }

function droppedLine(dropped: number): string {
  let line = ''
  const logger = pino(options, { write: (text) => (line = text) })
  logger.warn({ event: 'log-lines-dropped', dropped }, 'lines of the log could not be written')
  return line
}
