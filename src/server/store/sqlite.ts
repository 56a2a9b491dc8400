import { accessSync, constants, existsSync, mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Driver } from './driver.ts'
import { createStore } from './facade/create-store.ts'
import { GroupCommit } from './group-commit.ts'
import { ReaderThread } from './reader-thread.ts'
import { SqliteHealth } from './sqlite-health.ts'
import { type Lookups, lookups } from './sqlite-lookups.ts'
import type { Reads } from './sqlite-reads.ts'
import { rows } from './sqlite-rows.ts'
import { configure, migrate } from './sqlite-schema.ts'
import type { Writes } from './sqlite-writes.ts'
import type { Meter, Store, StoreWatcher } from './store.ts'

/**
 * The store in one SQLite file, `teahouse.db` in the data folder, which belongs to one process at a time.
 * @throws Error in one line when the folder cannot be used, is in use, or holds data of a newer version
 */
export function openSqliteStore(dataDir: string, watcher?: StoreWatcher): Store {
  const lock = lockFolder(dataDir)
  const path = join(dataDir, 'teahouse.db')
  try {
    const database = new DatabaseSync(path)
    configure(database)
    migrate(database)
    database.close()
  } catch (error) {
    lock.close()
    throw new Error(`${path} cannot be used: ${(error as Error).message}`)
  }
  return createStore(new SqliteDriver(path, lock, watcher))
}

/** Two processes that hear nothing of each other must not share a log. The lock ends with its process, however that ends. */
function lockFolder(dataDir: string): DatabaseSync {
  let lock: DatabaseSync | undefined
  try {
    makeFolder(dataDir)
    refuseUnlessWritable(dataDir)
    lock = new DatabaseSync(join(dataDir, 'lock'))
    lock.exec('begin exclusive')
    return lock
  } catch (error) {
    lock?.close()
    const { errcode, code, message } = error as NodeJS.ErrnoException & { errcode?: number }
    if (errcode === 5) throw new Error(`${dataDir} is in use by another Teahouse.`)
    const isForbidden = code === 'EACCES' || code === 'EPERM'
    const hint = isForbidden ? ` (the server runs as user ${process.getuid?.()}, who must be able to write there)` : ''
    throw new Error(`${dataDir} cannot be used: ${message}${hint}`)
  }
}

/** @throws Error with the reason, which SQLite would not say */
function refuseUnlessWritable(dataDir: string): void {
  const files = ['lock', 'teahouse.db', 'teahouse.db-wal', 'teahouse.db-shm'].map((file) => join(dataDir, file))
  accessSync(dataDir, constants.R_OK | constants.W_OK | constants.X_OK)
  for (const file of files) if (existsSync(file)) accessSync(file, constants.R_OK | constants.W_OK)
}

/** Node's own `recursive` never ends below a folder in which nothing can be made, such as /proc. */
function makeFolder(path: string): void {
  if (existsSync(path)) return
  makeFolder(dirname(path))
  mkdirSync(path)
}

class SqliteDriver implements Driver {
  readonly epoch: string
  readonly failed: Promise<Error>
  readonly #writer: GroupCommit
  readonly #health: SqliteHealth
  readonly #reader: ReaderThread
  /** On this thread. */
  readonly #database: DatabaseSync
  readonly #lookups: Lookups
  readonly #lock: DatabaseSync

  constructor(path: string, lock: DatabaseSync, watcher: StoreWatcher | undefined) {
    this.#lock = lock
    this.#writer = new GroupCommit(path, watcher)
    this.#reader = new ReaderThread(path)
    this.#database = new DatabaseSync(path, { readOnly: true })
    this.#health = new SqliteHealth(path, this.#writer)
    this.failed = Promise.race([this.#writer.failed, this.#reader.failed])
    const found = rows(this.#database)
    this.#lookups = lookups(found)
    this.epoch = found.one<{ value: string }>(`select value from meta where key = 'epoch'`)?.value ?? ''
  }

  fault() {
    return this.#health.fault()
  }

  write<Name extends keyof Writes>(name: Name, ...values: Parameters<Writes[Name]>) {
    return this.#writer.write(name, ...values)
  }

  read<Name extends keyof Reads>(meter: Meter | undefined, name: Name, ...values: Parameters<Reads[Name]>) {
    return this.#reader.read(meter, name, ...values)
  }

  async lookUp<Name extends keyof Lookups>(
    name: Name,
    ...values: Parameters<Lookups[Name]>
  ): Promise<ReturnType<Lookups[Name]>> {
    const find = this.#lookups[name] as (...values: Parameters<Lookups[Name]>) => ReturnType<Lookups[Name]>
    return find(...values)
  }

  async close() {
    // The writer goes last: only the last connection moves the WAL into the database, and a reader cannot.
    this.#database.close()
    await this.#reader.close()
    await this.#writer.close()
    this.#lock.close()
  }
}
