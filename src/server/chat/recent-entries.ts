/** The newest entries of the rooms that are open, in memory: thousands who come back together do not touch the disk. */
import { sizeOf } from '../../shared/page-size.ts'
import type { Entry } from '../../shared/protocol/types.ts'
import type { Codec } from './contract.ts'

/** Whatever is written, and however many rooms are open. */
export const recentBytes = { room: 512 * 1024, all: 48 * 1024 * 1024 }
/** What of a full room stays: it is not cut for each entry that comes. */
const keptPart = 3 / 4
/** Memory of an entry and its user beside the text, and of a frame beside its bytes. */
const entryBytes = 400
const frameBytes = 120

export interface Held {
  readonly entry: Entry
  /** What it takes, with its frames. */
  bytes: number
  /** For each protocol that it was sent in from here. */
  frames: Map<Codec, Buffer> | undefined
}

/** What all rooms hold together: those that were used longest ago give theirs up first. */
export class RecentMemory {
  readonly #maxBytes: number
  /** In the order in which they were used last. */
  readonly #used = new Set<RecentEntries>()
  #bytes = 0

  constructor(maxBytes = recentBytes.all) {
    this.#maxBytes = maxBytes
  }

  get bytes(): number {
    return this.#bytes
  }

  use(recent: RecentEntries): void {
    this.#used.delete(recent)
    this.#used.add(recent)
  }

  drop(recent: RecentEntries): void {
    this.#used.delete(recent)
  }

  take(bytes: number): void {
    this.#bytes += bytes
    for (const oldest of this.#used) {
      if (this.#bytes <= this.#maxBytes) return
      oldest.clear()
    }
  }
}

/** An unbroken piece of one room's log, up to its newest entry. */
export class RecentEntries {
  /** Whether it has as much of the log as it can hold; else there may be more in the store. */
  isWhole = false
  readonly #memory: RecentMemory
  readonly #maxBytes: number
  #held: Held[] = []
  #bytes = 0
  /** What of it the memory knows of. */
  #told = 0
  #isEnded = false

  constructor(memory: RecentMemory, maxBytes = recentBytes.room) {
    this.#memory = memory
    this.#maxBytes = maxBytes
  }

  /** The newest one of the room. */
  add(entry: Entry): void {
    if (this.#isEnded) return
    this.#held.push(this.#hold(entry))
    // What the store has erased must not be handed out from memory.
    if (isErasing(entry)) this.#erase(entry)
    this.#fit()
  }

  /** Adds entries before those that are here, read from the store while newer ones may have come. @param last the room's newest id */
  addOlder(entries: readonly Entry[], last: number): void {
    if (this.#isEnded) return
    const first = this.#held[0]?.entry.id ?? last + 1
    const older = entries.filter(({ id }) => id < first)
    // Nothing may be missing between them.
    if (older.length && older.at(-1)?.id !== first - 1) return
    this.isWhole = true
    this.#held = [...older.map((entry) => this.#hold(entry)), ...this.#held]
    for (const { entry } of [...this.#held]) if (isErasing(entry)) this.#erase(entry)
    this.#fit()
  }

  /** At most `limit` that follow `cursor`; undefined when they are not all here. */
  after(cursor: number, limit: number): Held[] | undefined {
    const first = this.#held[0]?.entry.id
    if (first === undefined || cursor + 1 < first) return undefined
    this.#memory.use(this)
    const start = cursor + 1 - first
    return this.#held.slice(start, start + limit)
  }

  /** Clients that catch up after a restart all need the same entries: each is encoded once, for the first of them. */
  frameOf(held: Held, codec: Codec, last: number): Buffer | undefined {
    const known = held.frames?.get(codec)
    if (known) return known
    const frame = codec.write(held.entry, last)
    if (!frame || !codec.isShared) return frame
    // It may have been given up while it was on its way.
    const first = this.#held[0]?.entry.id
    if (first !== undefined && this.#held[held.entry.id - first] === held) {
      held.frames ??= new Map()
      held.frames.set(codec, frame)
      this.#count(held, frame.length + frameBytes)
      this.#fit()
    }
    return frame
  }

  /** Gives up all of it. */
  clear(): void {
    this.#held = []
    this.#bytes = 0
    this.isWhole = false
    this.#memory.drop(this)
    this.#tell()
  }

  /** Gives it up for good: what was being read for it comes too late, and nobody would ever clear it. */
  end(): void {
    this.#isEnded = true
    this.clear()
  }

  #hold(entry: Entry): Held {
    this.#memory.use(this)
    const held = { entry, bytes: 0, frames: undefined }
    this.#count(held, bytesOf(entry))
    return held
  }

  #count(held: Held, bytes: number): void {
    held.bytes += bytes
    this.#bytes += bytes
  }

  /** The oldest ones go when it is too much. */
  #fit(): void {
    if (this.#bytes > this.#maxBytes) {
      let end = 0
      for (; this.#bytes > this.#maxBytes * keptPart && end < this.#held.length; end++)
        this.#bytes -= this.#held[end]?.bytes ?? 0
      this.#held.splice(0, end)
    }
    this.#tell()
  }

  #tell(): void {
    const more = this.#bytes - this.#told
    this.#told = this.#bytes
    this.#memory.take(more)
  }

  #erase(by: Erasing): void {
    for (const [i, held] of this.#held.entries()) {
      const entry = by.type === 'delete' ? erased(held.entry, by.ref) : withoutRemoved(held.entry, by)
      if (entry === held.entry) continue
      this.#bytes -= held.bytes
      this.#held[i] = this.#hold(entry)
    }
  }
}

function bytesOf(entry: Entry): number {
  // Two bytes for each character: most of what is not Latin takes them.
  if (entry.type === 'room') return entryBytes + 2 * JSON.stringify(entry.data).length
  return entryBytes + (entry.type === 'delete' || entry.type === 'pin' ? 0 : 2 * sizeOf(entry))
}

/** Takes something out of the log: a message, or files. */
type Erasing = Extract<Entry, { type: 'delete' | 'edit' }>

function isErasing(entry: Entry): entry is Erasing {
  return entry.type === 'delete' || (entry.type === 'edit' && entry.files !== undefined)
}

/** An entry as the log has it once the message of that id is deleted. */
function erased(entry: Entry, deleted: number): Entry {
  if (!isOf(entry, deleted)) return entry
  const { files: _, ...rest } = entry
  return rest.type === 'chat' ? { ...rest, data: '', deleted: true } : { ...rest, data: '' }
}

/** An entry as the log has it once the message has only the files of a later edit. */
function withoutRemoved(entry: Entry, { id, ref, files = [] }: Extract<Entry, { type: 'edit' }>): Entry {
  if (entry.id >= id || !isOf(entry, ref) || !entry.files) return entry
  const { files: before, ...rest } = entry
  const kept = before.filter((file) => files.some((one) => one.id === file.id))
  if (kept.length === before.length) return entry
  return rest.type === 'chat' && !kept.length ? rest : { ...rest, files: kept }
}

/** Whether it is the message, or an edit of it. */
function isOf(entry: Entry, message: number): entry is Extract<Entry, { type: 'chat' | 'edit' }> {
  return entry.type === 'chat' ? entry.id === message : entry.type === 'edit' && entry.ref === message
}
