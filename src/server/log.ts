import { isatty } from 'node:tty'
import pino from 'pino'
import { minuteMs } from '../shared/durations.ts'
import { type Lines, lineWriter } from './line-writer.ts'
import { LogLimits } from './log-limits.ts'
import { networkOf } from './rate-limit/network.ts'

type Level = 'info' | 'warn' | 'error'

/** What is logged, how serious it is, and what it says. Names are stable: fail2ban and alarms look for them. */
export const events = {
  started: ['info', 'the server has started'],
  listening: ['info', 'the server listens'],
  stopping: ['info', 'the server stops'],
  stopped: ['info', 'the server has stopped'],
  'limits-off': ['warn', 'RATE_LIMITS is off: anybody may flood this server'],
  'sign-in-refused': ['warn', 'a sign-in was refused'],
  'sign-in-throttled': ['warn', 'sign-ins are throttled'],
  'upgrade-refused': ['warn', 'a WebSocket was refused'],
  'stream-refused': ['warn', 'an event stream or a long poll was refused'],
  'socket-io-refused': ['warn', 'a client of Socket.IO was refused'],
  'connection-dropped': ['warn', 'a connection was dropped: there are too many'],
  'client-unreadable': [
    'warn',
    'a trusted proxy sends an invalid X-Forwarded-For: its clients count as one address, the proxy',
  ],
  'flood-closed': ['warn', 'a WebSocket was closed: it sent too much'],
  'reader-dropped': ['warn', 'a WebSocket was closed: too much waits to be read by slow readers'],
  'request-limited': ['warn', 'a request was refused: there were too many'],
  moderation: ['info', 'a moderation action'],
  'webhook-paused': ['warn', 'an outgoing webhook was paused'],
  'push-failing': ['warn', 'a push service did not accept a notification'],
  'mail-failing': ['warn', 'the mail server did not accept an email'],
  'password-mailed': ['info', 'a link for a new password was mailed'],
  'storage-failing': ['error', 'storage fails: nothing can be stored'],
  'storage-recovered': ['warn', 'storage works again'],
  'backplane-failing': ['error', 'Redis fails: publications of other nodes come late'],
  'backplane-recovered': ['warn', 'Redis works again'],
  'disk-low': ['error', 'the disk is nearly full: only admins can write'],
  'disk-recovered': ['warn', 'the disk has room again'],
  'file-disk-low': ['error', 'the disk of FILES_DIR is nearly full: uploads are refused'],
  'file-disk-recovered': ['warn', 'the disk of FILES_DIR has room again'],
  'slow-transaction': ['warn', 'a transaction was slow'],
  'file-refused': ['warn', 'an uploaded file was refused by FILE_CHECK'],
  'file-check-failed': ['error', 'an uploaded file could not be checked: it cannot be sent'],
  'file-store-failing': ['error', 'the S3 store fails: files cannot be stored and read'],
  'file-store-recovered': ['warn', 'the S3 store works again'],
  'image-process-ended': ['warn', 'the process for images ended during a job'],
  'clock-jumped': ['warn', 'the clock has jumped'],
  'backup-suspected': ['warn', 'a client has entries that are not in the log: was a backup restored?'],
  'log-lines-dropped': ['warn', 'lines of the log could not be written'],
  'log-lines-suppressed': ['warn', 'an event came too often: further lines were not logged'],
  'request-failed': ['error', 'a request failed'],
  'command-failed': ['error', 'a command failed'],
  'connection-failed': ['error', 'a connection could not be served'],
  'upgrade-failed': ['error', 'an upgrade failed'],
  'task-failed': ['error', 'a task of the server failed'],
  warning: ['warn', 'a warning of Node'],
  'unhandled-error': ['error', 'an uncaught error: the server stops'],
} satisfies Record<string, [Level, string]>

export type LogEvent = keyof typeof events

/** Ids and codes: never a message, a token, a cookie or what somebody has typed. */
export interface EventFields {
  /** A code of its own for each cause. */
  reason?: string | undefined
  /** The client's. */
  address?: string | undefined
  /** The id of a user. */
  user?: number | undefined
  err?: unknown
  [more: string]: unknown
}

/** Lines of one event for one reason from one network in a minute. */
const maxOfNetwork = 20
const sweepMs = minuteMs

export interface Log {
  debug(fields: object, message: string): void
  /** Logs an event, unless the same one came from the same network very often within a minute: then it is counted. */
  event(event: LogEvent, fields?: EventFields): void
  /** How many lines could not be written since the start. */
  readonly dropped: number
  /** Resolves when what was logged is written or dropped, or after `maxMs`. */
  flush(maxMs: number): Promise<void>
}

/**
 * Lines of JSON, on standard error unless said otherwise: standard output has the lines that say where the server listens.
 * @param level unless it is set, a terminal shows warnings only, since the person who starts the server there reads the output
 */
export function createLog(level: string | undefined, lines: Lines = lineWriter(2, droppedLine)): Log {
  const logger = pino({ ...options, level: level ?? (isatty(2) ? 'warn' : 'info') }, lines)
  const limits = new LogLimits()
  let isSweepDue = false

  return {
    debug: (fields, message) => logger.debug(fields, message),
    event(event, { reason, address, user, ...more } = {}) {
      const [level, message] = events[event]
      if (!logger.isLevelEnabled(level)) return
      sweepLater()
      if (!limits.admit({ event, reason, network: address && networkOf(address) }, maxOfNetwork)) return
      // In this order, which fail2ban's filter relies on. What is undefined is left out.
      logger[level]({ event, reason, address, user, ...more }, message)
    },
    get dropped() {
      return lines.dropped
    },
    flush: (maxMs) => lines.flush(maxMs),
  }

  function sweepLater(): void {
    if (isSweepDue) return
    isSweepDue = true
    setTimeout(sweep, sweepMs).unref()
  }

  function sweep(): void {
    isSweepDue = false
    for (const { event, ...rest } of limits.sweep()) {
      logger.warn({ event: 'log-lines-suppressed', of: event, ...rest }, events['log-lines-suppressed'][1])
    }
    if (!limits.isEmpty) sweepLater()
  }
}

const options = {
  base: null,
  timestamp: pino.stdTimeFunctions.isoTime,
  formatters: { level: (label: string) => ({ level: label }) },
}

function droppedLine(dropped: number): string {
  let line = ''
  const logger = pino(options, { write: (text) => (line = text) })
  logger.warn({ event: 'log-lines-dropped', dropped }, events['log-lines-dropped'][1])
  return line
}
