/**
 * Moves what was deleted out of the WAL. SQLite overwrites deleted text in the pages of the database, but the WAL keeps the
 * pages as they were before until it is emptied.
 */
import type { DatabaseSync } from 'node:sqlite'

/** A purge deletes in hundreds of transactions: one checkpoint is for all of them in that time. */
const delayMs = 1_000

export class Erasing {
  readonly #database: DatabaseSync
  #isPending = false
  #timer: NodeJS.Timeout | undefined

  constructor(database: DatabaseSync) {
    this.#database = database
  }

  /** Something was deleted in the transaction that is open. */
  readonly note = (): void => {
    this.#isPending = true
  }

  /** To be called after each commit. */
  schedule(): void {
    if (!this.#isPending || this.#timer) return
    this.#timer = setTimeout(() => this.#empty(), delayMs).unref()
  }

  stop(): void {
    clearTimeout(this.#timer)
  }

  #empty(): void {
    this.#timer = undefined
    this.#isPending = !emptyWal(this.#database)
    // A reader that is still at an older state holds the WAL.
    this.schedule()
  }
}

/** @returns whether nothing is left in it */
function emptyWal(database: DatabaseSync): boolean {
  try {
    // Others' writes must not wait for a reader: it is tried again instead.
    database.exec('pragma busy_timeout = 0')
    return database.prepare('pragma wal_checkpoint(truncate)').get()?.busy === 0
  } catch {
    // A full disk, say: the next write tells of it.
    return false
  } finally {
    database.exec('pragma busy_timeout = 2000')
  }
}
