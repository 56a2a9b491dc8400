import type { Entry } from '../../shared/protocol/types.ts'
import { type Reader, ReaderGone, type ReadQueue } from '../rate-limit/read-queue.ts'
import type { Meter, Store } from '../store/store.ts'
import { type Held, RecentEntries, type RecentMemory } from './recent-entries.ts'

/** What is read into memory for clients that come back: so many, and no more characters than a room may hold with their frames. */
const loadedEntries = 500
const loadedCharacters = 96 * 1024
const entriesPerRead = 50

interface Needs {
  store: Store
  reads: ReadQueue
  memory: RecentMemory
}

/** Thrown when the store has the log no more: the room was deleted, and this node has not yet heard of it. */
export class LogGone extends Error {
  override readonly name = 'LogGone'
}

/** The log of one room as this node reads it: the newest entries from memory, the others from the store. */
export class RoomLog {
  readonly recent: RecentEntries
  /** Its `last` is the newest entry that subscriptions may see. */
  readonly #room: { readonly name: string; readonly last: number }
  readonly #store: Store
  readonly #reads: ReadQueue
  #loading: Promise<void> | undefined

  constructor(room: { readonly name: string; readonly last: number }, { store, reads, memory }: Needs) {
    this.#room = room
    this.#store = store
    this.#reads = reads
    this.recent = new RecentEntries(memory)
  }

  /** When the entry was stored; 0 for none. */
  async timeOf(id: number): Promise<number> {
    return this.recent.after(id - 1, 1)?.[0]?.entry.at ?? (await this.#store.log.timeOf(this.#room.name, id))
  }

  /** At most `limit` entries after `cursor`, oldest first. @param reader pays for it @throws ChatError `too-fast` */
  async entriesAfter(reader: Reader, cursor: number, limit: number): Promise<Entry[]> {
    this.#reads.refuseIfTooFast(reader)
    const held = await this.#heldAfter(reader, cursor, limit)
    if (held) return held.map(({ entry }) => entry)
    const { name } = this.#room
    const stored = await this.#reads.read(reader, (meter) => this.#store.log.entriesAfter(name, cursor, limit, meter))
    return this.#published(stored)
  }

  /** A page of what follows `cursor`. Waits until the reader may read. */
  async nextAfter(reader: Reader, cursor: number): Promise<Held[]> {
    const held = await this.#heldAfter(reader, cursor, loadedEntries)
    if (held) return held
    const stored = await this.#reads.readWhenAllowed(reader, (meter) => this.storedAfter(cursor, meter))
    return this.#published(stored).map((entry) => ({ entry, bytes: 0, frames: undefined }))
  }

  /** A page of what follows `cursor` in the store. @throws LogGone; Error when an entry is missing there */
  async storedAfter(cursor: number, meter?: Meter): Promise<Entry[]> {
    const { name, last } = this.#room
    const entries = await this.#store.log.entriesAfter(name, cursor, entriesPerRead, meter)
    const isMissing = entries.length ? entries[0]?.id !== cursor + 1 : cursor < last
    if (isMissing && !(await this.#store.log.timeOf(name, last))) throw new LogGone()
    if (isMissing) throw new Error(`The log of a room has no entry ${cursor + 1}, though there are later ones.`)
    return entries
  }

  /** Without what is stored and not yet published: subscriptions would get it twice. */
  #published(entries: Entry[]): Entry[] {
    return entries.filter(({ id }) => id <= this.#room.last)
  }

  async #heldAfter(reader: Reader, cursor: number, limit: number): Promise<Held[] | undefined> {
    const { last } = this.#room
    // At the end there is nothing to find, and in an empty room neither.
    if (cursor >= last) return []
    const held = this.recent.after(cursor, limit)
    if (held || this.recent.isWhole || cursor < last - loadedEntries) return held
    this.#loading ??= this.#load(reader).finally(() => {
      this.#loading = undefined
    })
    await this.#loading
    return this.recent.after(cursor, limit)
  }

  /** Takes the newest entries into memory for all who need them; the first to need them pays. */
  async #load(reader: Reader): Promise<void> {
    try {
      const newest = await this.#reads.readWhenAllowed(reader, (meter) =>
        this.#store.log.newestEntries(this.#room.name, loadedEntries, loadedCharacters, meter),
      )
      this.recent.addOlder(this.#published(newest), this.#room.last)
    } catch (error) {
      // They have gone meanwhile: the others read for themselves.
      if (!(error instanceof ReaderGone)) throw error
    }
  }
}
