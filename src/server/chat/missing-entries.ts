import type { Entry } from '../../shared/protocol/types.ts'
import { type Node, readWhenCurrent } from '../cluster/node.ts'
import type { Log } from '../log.ts'
import type { ChatCounts } from './chat-counts.ts'
import type { OwnWrites } from './own-writes.ts'
import type { RoomLog } from './room-log.ts'

/** Publications of several nodes overtake each other: what is missing comes within this time, or is read. */
const patienceMs = 50
/** Entries that came too early are kept meanwhile; more than that are read. */
const maxEarly = 200
/** What comes to a room that has been open here for less may be of a deleted one that had its address: it is read. */
const freshMs = 2_000

interface Needs {
  node: Pick<Node, 'isCurrent' | 'whenCurrent'>
  roomLog: RoomLog
  writes: OwnWrites
  counts: ChatCounts
  log: Log
}

/** Reads the entries that a room lacks: the store has them, and their publications have not come. */
export class MissingEntries {
  readonly #room: { readonly last: number; receive(entry: Entry): void }
  readonly #needs: Needs
  /** The newest id that a publication named since the log was last read. */
  #heard = 0
  #filling: Promise<void> | undefined
  readonly #early = new Map<number, Entry>()
  readonly #openedAt = performance.now()
  #patience: NodeJS.Timeout | undefined
  #isEnded = false

  constructor(room: { readonly last: number; receive(entry: Entry): void }, needs: Needs) {
    this.#room = room
    this.#needs = needs
  }

  /** The store has the entries up to that one. */
  hear(id: number): void {
    this.#heard = Math.max(this.#heard, id)
  }

  /** An entry whose publication came before those of the entries that it follows. */
  keep(entry: Entry): void {
    const isFresh = performance.now() - this.#openedAt < freshMs
    if (!isFresh && this.#early.size < maxEarly) this.#early.set(entry.id, entry)
  }

  /** Removes and returns the entry of that id, if it was kept. */
  take(id: number): Entry | undefined {
    const entry = this.#early.get(id)
    this.#early.delete(id)
    return entry
  }

  /** Reads what has not come after some time, and nothing when all has. */
  fillSoon(): void {
    if (this.#heard <= this.#room.last || this.#isEnded) {
      clearTimeout(this.#patience)
      this.#patience = undefined
    } else if (!this.#filling) {
      this.#patience ??= setTimeout(() => {
        this.#patience = undefined
        void this.fill()
      }, patienceMs)
    }
  }

  end(): void {
    this.#isEnded = true
    this.#early.clear()
    this.fillSoon()
  }

  /** Reads until the room has what it heard of. */
  async fill(): Promise<void> {
    if (this.#heard <= this.#room.last) return
    this.#filling ??= this.#read()
      .catch((error) => {
        this.#early.clear()
        this.#needs.log.event('task-failed', { reason: 'gap', err: error })
      })
      .finally(() => {
        this.#filling = undefined
        this.fillSoon()
      })
    await this.#filling
  }

  async #read(): Promise<void> {
    const { node, roomLog, writes, counts } = this.#needs
    while (this.#room.last < this.#heard) {
      const heard = this.#heard
      // An entry that is published during the read may not be in it: then the log is read once more.
      this.#heard = 0
      const missing = await readWhenCurrent(node, () => roomLog.storedAfter(this.#room.last))
      await writes.settled()
      counts.gapsFilled++
      // The publications of some may have come while they were read.
      const missed = missing.filter(({ id }) => id > this.#room.last)
      counts.missed += missed.length
      // As the store has them: they may have been deleted meanwhile.
      for (const { id } of missed) this.#early.delete(id)
      for (const entry of missed) this.#room.receive(entry)
      // Nothing is stored after `last`: the publication was of a deleted room that had this address. It is forgotten.
      if (missing.length) this.#heard = Math.max(this.#heard, heard)
      else this.#early.clear()
    }
  }
}
