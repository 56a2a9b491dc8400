import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { createStore } from '../facade/create-store.ts'
import type { Store, StoreWatcher } from '../store.ts'
import { SqliteDriver } from './driver.ts'
import { lockFolder } from './lock.ts'
import { configure, migrate } from './schema.ts'

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
