/** The bytes of files, each under its SHA-256: rows with the same bytes share them. */
import type { Readable } from 'node:stream'

/** What is in a store of its own may throw ChatError `unavailable` while that cannot be used. */
export interface FileBytes {
  /** Keeps a copy of the file at `path`, which is not written to any more. Resolves when it would survive a loss of power. */
  put(path: string, hash: string): Promise<void>
  /**
   * Opens a part of them.
   * @param part `end` is the first byte that is not in it; at least one byte
   * @param signal ends the opening, when nobody waits for it any more
   * @throws when there are none with that hash
   */
  read(hash: string, part: { start: number; end: number }, signal?: AbortSignal): Promise<Readable>
  /** How many there are; undefined when there are none with that hash. */
  size(hash: string): Promise<number | undefined>
  /** What is not there is removed, too. */
  remove(hash: string): Promise<void>
  /** The hashes of those that were put before that time, in parts. */
  list(before: number): AsyncIterable<string[]>
  /** Ends connections. */
  close(): void
}
