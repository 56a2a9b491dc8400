/** Asks the server how much is unread where the page cannot tell: soon, one room after the other, and once for many changes. */
import type { Clock } from '../../../clients/js/src/clock.ts'

export interface SummaryRequester {
  clock: Clock
  /** Whether it is still to be known. */
  isWanted(room: string): boolean
  /** Whether the question went to an open connection. */
  ask(room: string): boolean
}

const soonMs = 300

export class UnreadRecounts {
  readonly #asker: SummaryRequester
  readonly #wanted = new Set<string>()
  #asked: string | undefined
  #isPlanned = false

  constructor(asker: SummaryRequester) {
    this.#asker = asker
  }

  want(room: string) {
    this.#wanted.add(room)
    this.#plan()
  }

  /** The server has said how the room stands, or that it will not. */
  answered(room: string) {
    if (room !== this.#asked) return
    this.#asked = undefined
    this.#plan()
  }

  /** The next connection begins with all counts. */
  connectionLost() {
    this.#wanted.clear()
    this.#asked = undefined
  }

  #plan() {
    if (this.#isPlanned || this.#asked !== undefined || !this.#wanted.size) return
    this.#isPlanned = true
    this.#asker.clock.after(soonMs, () => {
      this.#isPlanned = false
      if (this.#asked === undefined) this.#next()
    })
  }

  #next() {
    const { isWanted, ask } = this.#asker
    for (const room of this.#wanted) {
      this.#wanted.delete(room)
      if (!isWanted(room) || !ask(room)) continue
      this.#asked = room
      return
    }
  }
}
