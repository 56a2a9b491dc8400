/** What waits to be read by everybody together: each connection may hold little, and there are many. */

/** Unsent bytes of all connections: some hundreds of phones that read as slowly as they can. */
export const backlogOfAllBytes = 128 * 1024 * 1024
/** What is left of it when the slowest have been closed: it does not take a closing for each write that follows. */
const keptPart = 7 / 8
/** How much may come before what waits is counted again, as a part of all. */
const uncountedPart = 1 / 16

/** A connection whose other side reads too slowly. */
export interface SlowReader {
  /** Bytes that were handed to the socket, and that the kernel has not taken. */
  readonly unsent: number
  /** Lets go of it at once: a close frame would wait behind everything else. It comes back, and goes on from the log. */
  drop(): void
}

/** Bounds what is unsent on all connections: the connection with most of it is closed first. Knows only those that have something unsent. */
export class Backlog<Reader extends SlowReader> {
  readonly #onDrop: (reader: Reader) => void
  readonly #maxBytes: number
  readonly #slow = new Set<Reader>()
  /** As it was counted last. */
  #counted = 0
  /** What came since. */
  #added = 0
  #dropped = 0

  /** @param onDrop told of each reader that is let go of */
  constructor(onDrop: (reader: Reader) => void, maxBytes = backlogOfAllBytes) {
    this.#onDrop = onDrop
    this.#maxBytes = maxBytes
  }

  /** How many readers were let go of. */
  get dropped(): number {
    return this.#dropped
  }

  /** The reader has something unsent. @param bytes of it, what was just written */
  add(reader: Reader, bytes: number): void {
    this.#slow.add(reader)
    this.#added += bytes
    if (this.#added >= this.#maxBytes * uncountedPart) this.#count()
  }

  remove(reader: Reader): void {
    this.#slow.delete(reader)
  }

  #count(): void {
    this.#added = 0
    this.#counted = 0
    for (const reader of this.#slow) {
      const { unsent } = reader
      this.#counted += unsent
      if (!unsent) this.#slow.delete(reader)
    }
    if (this.#counted > this.#maxBytes) this.#dropSlowest()
  }

  #dropSlowest(): void {
    const slowestFirst = [...this.#slow]
      .map((reader) => ({ reader, unsent: reader.unsent }))
      .sort((a, b) => b.unsent - a.unsent)
    for (const { reader, unsent } of slowestFirst) {
      if (this.#counted <= this.#maxBytes * keptPart) return
      this.#counted -= unsent
      this.#slow.delete(reader)
      this.#dropped++
      this.#onDrop(reader)
      reader.drop()
    }
  }
}
