import { createStore } from '../facade/create-store.ts'
import type { Store, StoreWatcher } from '../store.ts'
import { forgetLanes } from './commit-outcome.ts'
import { connect, type Patience, patience, refusalOf, refuseReadOnly } from './connection.ts'
import { PostgresDriver } from './driver.ts'
import { Lease } from './lease.ts'
import { migrate } from './schema.ts'

export interface PostgresOptions {
  watcher?: StoreWatcher
  /** Over the usual one. */
  patience?: Partial<Patience>
  /** Is called after each read, and throws when what was read may not be used any more. */
  guard?(): void
  /** Refuses a database that has not today's schema, instead of changing it: for the command line. */
  isBeside?: boolean
}

/** Nodes that share the database find out from each other what it has lost. */
export interface SharedStore extends Store {
  /**
   * The database does not have what was acknowledged. Nothing is stored and nothing is answered any more; the log gets another epoch,
   * and the store has failed once it has it.
   */
  abandon(): void
  /** The same for this node only, which was away for too long: the log stays what it is. */
  leave(): void
}

/**
 * The store in a PostgreSQL database, which nodes share.
 * @param url `postgres://user:password@host:port/database`
 * @throws Error in one line, without the password, when the database cannot be used
 */
export async function openPostgresStore(url: string, options: PostgresOptions = {}): Promise<SharedStore> {
  const waits = { ...patience, ...options.patience }
  try {
    const client = await connect(url, waits)
    try {
      await refuseReadOnly(client)
      await migrate(client, options.isBeside)
      await forgetLanes(client)
      const { watcher = {}, guard = () => {} } = options
      const driver = await PostgresDriver.open(url, client, { watcher, guard, patience: waits })
      return { ...createStore(driver), abandon: () => driver.abandon(), leave: () => driver.leave() }
    } finally {
      await client.end()
    }
  } catch (error) {
    throw refusalOf(url, error)
  }
}

/**
 * From now on the database is in use.
 * @param changed is told when this node, of all that share the database, is the one that works for them, and when it is not any more
 * @throws Error in one line
 */
export async function openLease(url: string, changed: (isHeld: boolean) => void): Promise<Lease> {
  return await Lease.open(url, patience, changed).catch((error) => {
    throw refusalOf(url, error)
  })
}
