/** What a server has to know of itself as one of several nodes. */
import { ChatError } from '../../shared/protocol/errors.ts'

export interface Node {
  /** Whether this node knows of every right that was taken away, but for the last two seconds. Else it delivers nothing and writes nothing. */
  readonly isCurrent: boolean
  /** What works worse than usual, for the operator; undefined when all is well. */
  readonly degraded: string | undefined
  /** Resolves with the reason once this node cannot follow the others any more, and has to begin anew. */
  readonly failed: Promise<Error>
  /** Begins to compare what it knows with the store. */
  start(rooms: OpenRooms): void
  close(): Promise<void>
}

/** The rooms that are open on this node. */
export interface OpenRooms {
  openRooms(): string[]
  /** The store has the entries of the room up to that one. */
  hear(room: string, last: number): void
}

/** A server that is alone: nobody else takes a right away. */
export const alone: Node = {
  isCurrent: true,
  degraded: undefined,
  failed: new Promise(() => {}),
  start: () => {},
  close: async () => {},
}

const retryMs = 1_000

/** @throws ChatError `unavailable` on a node that may not trust what it has in memory */
export function refuseUnlessCurrent({ isCurrent }: Pick<Node, 'isCurrent'>): void {
  if (!isCurrent) throw new ChatError('unavailable', 'This server is catching up. Try again.', retryMs)
}
