/**
 * Where a stream goes on, as the server says it: `room=<address>:<id>` for each room, and `log=<mark>.<time>.<time>…` with the time of each of these
 * entries, in base 36. The mark is that of the epoch. Both show that the ids are of another log, and mean nothing here.
 */
import { createHash } from 'node:crypto'

export interface Cursor {
  id: number
  /** When the entry with that id was stored, as far as it is known. */
  at: number | undefined
  /** Mark of the epoch of its log; undefined when the client names the id alone. */
  mark: string | undefined
}

export interface LogMark {
  mark: string
  /** In the order of the rooms. */
  times: (number | undefined)[]
}

const shape = /^[0-9a-f]{8}(?:\.[0-9a-z]{0,9})*$/

/** @returns undefined for what is none */
export function parseLogMark(text: string): LogMark | undefined {
  if (!shape.test(text)) return undefined
  const [mark = '', ...times] = text.split('.')
  return { mark, times: times.map((time) => (time ? Number.parseInt(time, 36) : undefined)) }
}

/** Short: each event repeats it. */
export function formatLogMark({ mark, times }: LogMark): string {
  return [mark, ...times.map((time) => time?.toString(36) ?? '')].join('.')
}

/** An epoch may have any characters, and is long. */
export function markOf(epoch: string): string {
  return createHash('sha256').update(epoch).digest('hex').slice(0, 8)
}
