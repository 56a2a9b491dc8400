/** Tells the server how far its user has read in each room: not more often than it is worth. */
import type { Clock } from '../../../clients/js/src/clock.ts'

export interface Reader {
  clock: Clock
  /** The id up to which the user has read. */
  readTo(room: string): number
  /** Whether it went to an open connection on which the room is open. */
  send(room: string, id: number): boolean
}

const everyMs = 1_000
/** A mark that was sent longer ago on a connection has arrived, or the connection was found to be lost. */
const arrivedMs = 60_000

export class ReadMarks {
  readonly #reader: Reader
  /** What the server knows. */
  readonly #known = new Map<string, number>()
  readonly #sentAt = new Map<string, number>()
  readonly #planned = new Set<string>()

  constructor(reader: Reader) {
    this.#reader = reader
  }

  /** The server says where the mark is: what was sent on a lost connection may not have arrived. */
  opened(room: string, id: number) {
    this.#known.set(room, id)
    this.tell(room)
  }

  /** Another of the user's pages has moved the mark. */
  received(room: string, id: number) {
    this.#known.set(room, Math.max(id, this.#known.get(room) ?? 0))
  }

  /** The user has set the mark back, here or in another page. @returns what the server knew before */
  setBack(room: string, id: number): number | undefined {
    const known = this.#known.get(room)
    this.#known.set(room, id)
    return known
  }

  /**
   * Whether the server has the page's mark for certain: its own mark can then be lower only because the user has set it back
   * while this page was offline.
   */
  isKnown(room: string): boolean {
    const { clock, readTo } = this.#reader
    const sentAt = this.#sentAt.get(room) ?? 0
    return readTo(room) <= (this.#known.get(room) ?? -1) && clock.now() - sentAt > arrivedMs
  }

  /** Tells it, now or as soon as it may be told again; what is read until then is told with it. */
  tell(room: string) {
    const { clock, readTo, send } = this.#reader
    const id = readTo(room)
    const known = this.#known.get(room)
    // A room that has not been open yet: then it will be told.
    if (known === undefined || id <= known || this.#planned.has(room)) return
    const waitMs = (this.#sentAt.get(room) ?? 0) + everyMs - clock.now()
    if (waitMs > 0) return this.#later(room, waitMs)
    if (!send(room, id)) return
    this.#known.set(room, id)
    this.#sentAt.set(room, clock.now())
  }

  #later(room: string, ms: number) {
    this.#planned.add(room)
    this.#reader.clock.after(ms, () => {
      this.#planned.delete(room)
      this.tell(room)
    })
  }
}
