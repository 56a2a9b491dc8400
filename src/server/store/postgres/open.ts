import { createStore } from '../facade/create-store.ts'
import type { Store, StoreWatcher } from '../store.ts'
import { connect, type Patience, patience, refusalOf } from './connection.ts'
import { PostgresDriver } from './driver.ts'
import { forgetLanes } from './fate.ts'
import { Lease } from './lease.ts'
import { migrate } from './schema.ts'

const lanesMs = 24 * 3600 * 1000

export interface PostgresOptions {
  watcher?: StoreWatcher
  /** Over the usual one. */
  patience?: Partial<Patience>
  /** Refuses a database that has not today's schema, instead of changing it: for the command line. */
  isBeside?: boolean
}

/**
 * The store in a PostgreSQL database, which nodes share.
 * @param url `postgres://user:password@host:port/database`
 * @throws Error in one line, without the password, when the database cannot be used
 */
export async function openPostgresStore(url: string, options: PostgresOptions = {}): Promise<Store> {
  const waits = { ...patience, ...options.patience }
  try {
    const client = await connect(url, waits)
    try {
      await migrate(client, options.isBeside)
      await forgetLanes(client, Date.now() - lanesMs)
      return createStore(await PostgresDriver.open(url, client, options.watcher ?? {}, waits))
    } finally {
      await client.end()
    }
  } catch (error) {
    throw refusalOf(url, error)
  }
}

/** @param changed is told when this node, of all that share the database, is the one that works for them, and when it is not any more */
export function openLease(url: string, changed: (isHeld: boolean) => void): Lease {
  return new Lease(url, patience, changed)
}
