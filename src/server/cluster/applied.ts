/**
 * Changes reach a node twice: by a publication, which comes at once or never, and in the server log, which always has them. Each is
 * applied once, by whichever comes first.
 */
import type { ServerChange } from '../store/store.ts'

/** Between the two ways of the same change. */
const rememberedMs = 10_000

interface Known {
  /** How often it was published, less how often the log has had it. */
  ahead: number
  at: number
}

export class Applied {
  readonly #known = new Map<string, Known>()

  /** @returns whether it is to be applied now */
  published(change: ServerChange, now = performance.now()): boolean {
    return this.#count(change, 1, now) > 0
  }

  /** @returns whether it was published before */
  logged(change: ServerChange, now = performance.now()): boolean {
    return this.#count(change, -1, now) >= 0
  }

  #count(change: ServerChange, step: 1 | -1, now: number): number {
    const key = keyOf(change)
    this.#forget(now)
    const ahead = (this.#known.get(key)?.ahead ?? 0) + step
    this.#known.delete(key)
    if (ahead !== 0) this.#known.set(key, { ahead, at: now })
    return ahead
  }

  /** A Map keeps the order in which its keys were set. */
  #forget(now: number): void {
    for (const [key, { at }] of this.#known) {
      if (now - at < rememberedMs) return
      this.#known.delete(key)
    }
  }
}

function keyOf(change: ServerChange): string {
  const isOfSession = change.type === 'session-ended' || change.type === 'session-renewed'
  return isOfSession ? `${change.type} ${change.user.id} ${change.session}` : JSON.stringify(change)
}
