/** Follows what is written in rooms, and finds the users whom it may concern: for many messages at once in a busy room. */
import { minuteMs, secondMs } from '../../shared/durations.ts'
import type { Entry } from '../../shared/protocol/types.ts'
import type { NotificationStore } from '../store/store.ts'

/** What is written in a room within this time is looked at together. */
const gatherMs = secondMs
/** Maximum number of edited messages that are looked at together. */
const maxEdits = 200
/** What was written before is known: publications are seldom lost. */
const lookBackMs = 5 * minuteMs

interface Needs {
  store: Pick<NotificationStore, 'concerned' | 'writtenSince'>
  found(room: string, users: readonly number[]): void
  failed(error: unknown): void
}

export class RoomWatch {
  readonly #needs: Needs
  /** Up to which entry each room is known. */
  readonly #heads = new Map<string, number>()
  /** Rooms that wait to be looked at, with their edited messages. */
  #waiting = new Map<string, Set<number>>()
  /** Rooms that could not be looked at. */
  readonly #missed = new Map<string, Set<number>>()
  /** When it was last known what was written in all rooms. */
  #lookedAt = Number.MAX_SAFE_INTEGER
  #timer: NodeJS.Timeout | undefined
  #work: Promise<void> = Promise.resolve()
  #isClosed = false

  constructor(needs: Needs) {
    this.#needs = needs
  }

  /** What is in the rooms now is known. */
  async start(): Promise<void> {
    for (const { room, last } of await this.#needs.store.writtenSince(0)) this.#heads.set(room, last)
  }

  hear(entry: Entry): void {
    if (entry.type === 'chat') this.#wait(entry.room)
    if (entry.type === 'edit') this.#wait(entry.room, entry.ref)
  }

  /** The next room of that address is another one. */
  forget(room: string): void {
    this.#heads.delete(room)
    this.#missed.delete(room)
  }

  /** Finds rooms of which nothing was heard. @param at milliseconds since 1970 */
  async look(at: number): Promise<void> {
    for (const [room, edits] of this.#missed) {
      this.#wait(room)
      for (const edit of edits) this.#wait(room, edit)
    }
    this.#missed.clear()
    // While the store could not be read nobody looked.
    const since = Math.min(at, this.#lookedAt) - lookBackMs
    for (const { room, last } of await this.#needs.store.writtenSince(since)) {
      if (last > (this.#heads.get(room) ?? 0)) this.#wait(room)
    }
    this.#lookedAt = at
  }

  close(): void {
    this.#isClosed = true
    clearTimeout(this.#timer)
  }

  async settled(): Promise<void> {
    while (this.#waiting.size && !this.#isClosed) {
      clearTimeout(this.#timer)
      this.#flush()
      await this.#work
    }
    await this.#work
  }

  #wait(room: string, edited?: number): void {
    const edits = this.#waiting.get(room) ?? new Set()
    this.#waiting.set(room, edits)
    if (edited !== undefined && edits.size < maxEdits) edits.add(edited)
    if (!this.#timer && !this.#isClosed) this.#timer = setTimeout(() => this.#flush(), gatherMs).unref()
  }

  #flush(): void {
    this.#timer = undefined
    const waiting = this.#waiting
    this.#waiting = new Map()
    this.#work = this.#work.then(async () => {
      for (const [room, edits] of waiting) {
        try {
          await this.#lookAt(room, [...edits])
        } catch (error) {
          this.#missed.set(room, edits.union(this.#missed.get(room) ?? new Set()))
          this.#needs.failed(error)
        }
      }
    })
  }

  async #lookAt(room: string, edits: readonly number[]): Promise<void> {
    let hasMore = true
    for (let asked = edits; hasMore && !this.#isClosed; asked = []) {
      const after = this.#heads.get(room) ?? 0
      const { users, to, more } = await this.#needs.store.concerned(room, after, asked)
      this.#heads.set(room, to)
      if (users.length) this.#needs.found(room, users)
      hasMore = more
    }
  }
}
