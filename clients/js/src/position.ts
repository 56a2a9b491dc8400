/** How far a client knows the log of a room, and what it has to ask for: docs/protocol.md, "Catching up". */
import type { ClientFrame } from '../../../src/shared/protocol/commands.ts'
import type { Opened } from '../../../src/shared/protocol/frames.ts'

export interface Need {
  after?: number
}

export interface Position {
  /** Empty as long as it is not known. */
  epoch: string
  /** The id up to which nothing is missing. */
  last: number
  /** When that was stored, where it is known. */
  lastAt: number | undefined
  /** The highest id that is known to exist. */
  known: number
  /** To be asked of the server: `open`, from `after`. A new object for each time it is to be asked. */
  need: Need | undefined
}

export const nowhere: Position = { epoch: '', last: 0, lastAt: undefined, known: 0, need: undefined }

/** A new connection goes on where the last one ended. */
export function reconnected<P extends Position>(position: P): P {
  return { ...position, need: position.epoch || position.last ? { after: position.last } : {} }
}

/** The command that asks for what is needed. */
export function openCommand(room: string, { need, last, lastAt: at, epoch }: Position): ClientFrame {
  if (need?.after === undefined) return { type: 'open', room }
  const isDated = at !== undefined && need.after === last
  return { type: 'open', room, after: need.after, ...(isDated && { at }), ...(epoch && { epoch }) }
}

/** What `opened` says of the position when it begins anew, with messages. */
export function startingAt({ epoch, last, at: lastAt }: Opened): Position {
  return { epoch, last, lastAt, known: last, need: undefined }
}

/** `opened` goes on, with entries: each is then applied with `withEntry`, and `withAnswer` follows. */
export function withOpened<P extends Position>(position: P, { epoch, last }: Opened): P {
  return { ...position, epoch, need: undefined, known: Math.max(position.known, last) }
}

/** Moves on if the entry is the next one. An entry that is known already, or comes too early, leaves `last` as it is. */
export function withEntry<P extends Position>(position: P, { id, at }: { id: number; at?: number | undefined }): P {
  const known = Math.max(position.known, id)
  if (id === position.last + 1) return { ...position, known, last: id, lastAt: at }
  return known === position.known ? position : { ...position, known }
}

/** An entry that came too early: those before it are asked for, once. */
export function withGap<P extends Position>(position: P): P {
  return position.last < position.known && !position.need ? { ...position, need: { after: position.last } } : position
}

/**
 * The entries of an answer were applied.
 * @param before `last` before them
 * @param more whether the answer said that there are others
 * @param maxBehind when it is further behind than this, it begins anew at the end
 */
export function withAnswer<P extends Position>(
  position: P,
  before: number,
  more: boolean,
  maxBehind = Number.POSITIVE_INFINITY,
): P {
  const { last, known } = position
  if (last === known && !more) return position
  // An answer that brought nothing would bring nothing again.
  const canGoOn = last > before && known - last <= maxBehind
  return { ...position, need: canGoOn ? { after: last } : {} }
}
