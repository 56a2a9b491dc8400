/** What every connection to PostgreSQL has in common, and which servers can be used. */
import { Client, type ClientBase, type ClientConfig, Pool, types } from 'pg'
import { reasonOf } from './faults.ts'

const bigint = 20
const oldestVersion = 14

/** How long the database is waited for, in milliseconds. */
export const patience = {
  connectMs: 10_000,
  /** For a lock. */
  lockMs: 10_000,
  statementMs: 30_000,
  /** For a server from which nothing comes back, not even that the statement took too long. */
  silenceMs: 35_000,
  /** For a few rows. */
  lookupMs: 5_000,
  /** For the server log: a node that does not read it does not serve. */
  serverLogMs: 2_000,
  /** A node that is paused inside a transaction must not keep its locks: its connection is ended, and the transaction undone. */
  idleInTransactionMs: 5_000,
  /** For the answer to whether anything can be stored. */
  probeMs: 5_000,
  /** Until it is known whether a transaction was stored whose connection broke during the commit. */
  unknownMs: 30_000,
}

export type Patience = typeof patience

/** PostgreSQL cannot be used, and no retry would help. The message is one line, without a password. */
export class UnusableDatabase extends Error {}

export function connectionConfig(connectionString: string, waits: Patience): ClientConfig {
  const numbers = { getTypeParser: (id: number) => (id === bigint ? Number : types.getTypeParser(id)) }
  return {
    connectionString,
    types: numbers as typeof types,
    application_name: 'teahouse',
    // Without it the system notices after hours that the other end of an idle connection is gone.
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    connectionTimeoutMillis: waits.connectMs,
    lock_timeout: waits.lockMs,
    statement_timeout: waits.statementMs,
    idle_in_transaction_session_timeout: waits.idleInTransactionMs,
    query_timeout: waits.silenceMs,
    // Statements go out without waiting for the answers to those before them.
    pipeline: true,
  } as ClientConfig
}

/** A connection to a server that can be used. @throws what goes wrong, UnusableDatabase among it */
export async function connect(url: string, waits: Patience): Promise<Client> {
  const client = new Client(connectionConfig(url, waits))
  // A connection that breaks rejects the query. Without a listener it ends the process too.
  client.on('error', () => {})
  try {
    await client.connect()
    await refuseUnusable(client)
    return client
  } catch (error) {
    void client.end().catch(() => {})
    throw error
  }
}

/** For reading: each connection is looked at once. */
export function poolOf(url: string, max: number, waits: Patience): Pool {
  const verify = (client: ClientBase, done: (error?: Error) => void) => {
    refuseUnusable(client)
      .then(() => client.query('set default_transaction_read_only = on'))
      .then(() => done(), done)
  }
  const pool = new Pool({ ...connectionConfig(url, waits), max, verify } as ConstructorParameters<typeof Pool>[0])
  // An idle connection that breaks is replaced when it is needed.
  pool.on('error', () => {})
  // The pool does not listen while a connection is in use, and without a listener an error ends the process. The query rejects too.
  pool.on('connect', (client) => client.on('error', () => {}))
  return pool
}

/**
 * A name may lead to another server after a failover: what a standby answers is old, and what is written must be synced. The database
 * ends the connection of a node that is gone, and with it the locks, after 10 + 3 × 5 seconds.
 */
async function refuseUnusable(client: ClientBase): Promise<void> {
  const { rows } = await client.query(
    `select current_setting('server_version_num')::int as version, pg_is_in_recovery() as "isStandby",
      current_setting('server_encoding') as encoding, current_setting('synchronous_commit') as sync,
      set_config('tcp_keepalives_idle', '10', false), set_config('tcp_keepalives_interval', '5', false),
      set_config('tcp_keepalives_count', '3', false)`,
  )
  const { version, isStandby, encoding, sync } = rows[0]
  const major = Math.floor(version / 10_000)
  if (major < oldestVersion)
    throw new UnusableDatabase(`PostgreSQL ${major} is too old: it has to be ${oldestVersion} or newer`)
  if (isStandby) throw new UnusableDatabase('the server is a standby: name the primary')
  if (encoding !== 'UTF8') throw new UnusableDatabase(`the database has the encoding ${encoding}: it has to be UTF8`)
  // A commit returns after an fsync: what is acknowledged survives the loss of power.
  if (sync === 'off') await client.query('set synchronous_commit = on')
}

/** For a store. A move out of such a database only reads it. @throws UnusableDatabase */
export async function refuseReadOnly(client: ClientBase): Promise<void> {
  const { rows } = await client.query(`select current_setting('default_transaction_read_only') = 'on' as "isReadOnly"`)
  if (rows[0].isReadOnly) throw new UnusableDatabase('the database is read-only: default_transaction_read_only is on')
}

/** For the operator, in one line and without the password. */
export function refusalOf(url: string, error: unknown): Error {
  const { hostname, port, pathname, searchParams } = new URL(url)
  const host = searchParams.get('host') ?? (hostname || 'localhost')
  const place = `${host}${port && `:${port}`}${pathname}`
  if (error instanceof UnusableDatabase) return new Error(`DATABASE_URL (${place}): ${error.message}.`)
  return new Error(`DATABASE_URL: cannot use PostgreSQL at ${place}: ${reasonOf(error)}.`)
}
