import { stat } from 'node:fs/promises'
import { DatabaseSync } from 'node:sqlite'
import { type Lookups, lookups, type Reads, ruleOf, type Writes } from '../calls.ts'
import type { Meter } from '../contracts/metering.ts'
import type { Driver } from '../driver.ts'
import type { StoreWatcher } from '../store.ts'
import type { ResultOf } from '../transaction.ts'
import { GroupCommit } from './group-commit.ts'
import { SqliteHealth } from './health.ts'
import { OrderedReads } from './ordered-reads.ts'
import { type Run, statementRunner } from './statements.ts'

/** Writes and reads in a thread each, and looks up on the thread that asks. */
export class SqliteDriver implements Driver {
  readonly epoch: string
  readonly failed: Promise<Error>
  readonly #writer: GroupCommit
  readonly #health: SqliteHealth
  readonly #reader: OrderedReads
  readonly #database: DatabaseSync
  readonly #run: Run
  readonly #lock: DatabaseSync
  readonly #path: string
  #logBytes: Promise<number | undefined> | undefined

  constructor(path: string, lock: DatabaseSync, watcher: StoreWatcher | undefined) {
    this.#lock = lock
    this.#path = path
    this.#writer = new GroupCommit(path, watcher)
    this.#reader = new OrderedReads(path)
    this.#database = new DatabaseSync(path, { readOnly: true })
    this.#run = statementRunner(this.#database)
    this.#health = new SqliteHealth(path, this.#writer)
    this.failed = Promise.race([this.#writer.failed, this.#reader.failed])
    this.epoch = this.#run(lookups.epoch())
  }

  fault() {
    return this.#health.fault()
  }

  /** A data folder belongs to one process, which has locks of its own. */
  exclusively<Result>(_: string, work: (isHeld: () => Promise<boolean>) => Promise<Result>) {
    return work(async () => true)
  }

  write<Name extends keyof Writes>(name: Name, ...values: Parameters<Writes[Name]>) {
    return this.#writer.write(name, ...values)
  }

  read<Name extends keyof Reads>(meter: Meter | undefined, name: Name, ...values: Parameters<Reads[Name]>) {
    return this.#reader.read(meter, name, ...values)
  }

  async lookUp<Name extends keyof Lookups>(name: Name, ...values: Parameters<Lookups[Name]>) {
    return this.#run(ruleOf(lookups, { name, values })) as ResultOf<Lookups[Name]>
  }

  logBytes() {
    // One look at a time: on a disk that hangs each would hold a thread of the pool, which has four for everything.
    this.#logBytes ??= stat(`${this.#path}-wal`)
      .then(({ size }) => size)
      // It is not there, or the file system does not say.
      .catch(() => undefined)
      .finally(() => {
        this.#logBytes = undefined
      })
    return this.#logBytes
  }

  async close() {
    // The writer goes last: only the last connection moves the WAL into the database, and a reader cannot.
    this.#database.close()
    await this.#reader.close()
    await this.#writer.close()
    this.#lock.close()
  }
}
