import pino from 'pino'

export type Log = pino.Logger

/** Lines of JSON on standard error; standard output is left to the one line that says where the server listens. */
export function createLog(level: string): Log {
  return pino({ level, base: null }, pino.destination(2))
}
