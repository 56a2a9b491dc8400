/**
 * Where a stream goes on in a room: `<id>`, or as the server says it `<id>.<time>.<log>`. The time of the entry, in base 36, and a mark of the epoch
 * show that a cursor is of another log, whose ids mean nothing here. They are short: each event repeats those of all its rooms.
 */
import { createHash } from 'node:crypto'

export interface Cursor {
  id: number
  /** When the entry with that id was stored, as far as it is known. */
  at: number | undefined
  /** Of the epoch of its log; undefined when the client names the id alone. */
  mark: string | undefined
}

const shape = /^(\d+)(?:\.([0-9a-z]{0,9})\.([0-9a-f]{8}))?$/

/** @returns undefined for what is no cursor */
export function parseCursor(text: string): Cursor | undefined {
  const [, id, time, mark] = shape.exec(text) ?? []
  if (id === undefined) return undefined
  return { id: Number(id), at: time ? Number.parseInt(time, 36) : undefined, mark }
}

export function formatCursor({ id, at, mark }: Cursor): string {
  return mark === undefined ? `${id}` : `${id}.${at?.toString(36) ?? ''}.${mark}`
}

/** An epoch may have any characters, and is long. */
export function markOf(epoch: string): string {
  return createHash('sha256').update(epoch).digest('hex').slice(0, 8)
}
