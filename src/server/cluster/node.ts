/** What a server has to know of itself as one of several nodes. */
import { ChatError } from '../../shared/protocol/errors.ts'

export interface Node {
  /** Whether this node knows of every right that was taken away, but for the last two seconds. Else it delivers nothing and writes nothing. */
  readonly isCurrent: boolean
  /** Resolves once it is, and at once when it is already. */
  whenCurrent(): Promise<void>
  /** What works worse than usual, for the operator; undefined when all is well. */
  readonly degraded: string | undefined
  /** Begins to compare what it knows with the store, and resolves when it is current. */
  start(rooms: OpenRooms): Promise<void>
  /**
   * An entry that was stored just now has the id of one that this node knew before.
   * @throws ChatError `unavailable` when the log has lost that; else the room was deleted and made again
   */
  explain(room: string): Promise<void>
  close(): Promise<void>
}

/** The newest entry of a room that this node has given to its clients. */
export interface OpenHead {
  room: string
  last: number
  /** When it was stored. */
  at: number
  /** Stands for this opening of the room here: a room that is made again under the same address is another one. */
  opening: object
}

/** The rooms that are open on this node. */
export interface OpenRooms {
  /** Those that know their newest entry. */
  heads(): OpenHead[]
  /** The store has the entries of the room up to that one. */
  hear(room: string, last: number): void
}

/** A server that is alone: nobody else takes a right away. */
export const alone: Node = {
  isCurrent: true,
  whenCurrent: async () => {},
  degraded: undefined,
  start: async () => {},
  explain: async () => {},
  close: async () => {},
}

const retryMs = 1_000

/** @throws ChatError `unavailable` on a node that may not trust what it has in memory */
export function refuseUnlessCurrent({ isCurrent }: Pick<Node, 'isCurrent'>): void {
  if (!isCurrent) throw new ChatError('unavailable', 'This server is catching up. Try again.', retryMs)
}

/** Reads, and reads again what was read before the node was current: who may have it was not known then. */
export async function readWhenCurrent<Result>(
  node: Pick<Node, 'isCurrent' | 'whenCurrent'>,
  read: () => Promise<Result>,
): Promise<Result> {
  for (;;) {
    await node.whenCurrent()
    try {
      const result = await read()
      if (node.isCurrent) return result
    } catch (error) {
      if (node.isCurrent) throw error
    }
  }
}
