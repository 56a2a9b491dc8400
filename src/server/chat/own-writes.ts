import { setTimeout } from 'node:timers/promises'

/** What is found in the store does not wait for longer: nobody may know what became of a write. */
const sentMs = 2_000

/** Entries that users of this node are writing in a room, whose authors are not told yet. */
export class OwnWrites {
  readonly #writes = new Set<Promise<void>>()

  /** @returns is to be called when the author is told, or will never be */
  begin(): () => void {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#writes.add(promise)
    return () => {
      this.#writes.delete(promise)
      resolve()
    }
  }

  /** Resolves when the authors of all that is being written now are told, or after some time. */
  async settled(): Promise<void> {
    if (!this.#writes.size) return
    await Promise.race([Promise.all(this.#writes), setTimeout(sentMs, undefined, { ref: false })])
  }
}
