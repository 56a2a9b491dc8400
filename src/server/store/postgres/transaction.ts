/** Transactions on a pool of connections. */

import { Pool, type PoolClient, type QueryConfig, types } from 'pg'
import { ChatError } from '../../../shared/protocol/errors.ts'
import { isOfServer } from './faults.ts'

const bigint = 20

/** How long the database is waited for, in milliseconds. */
export const patience = {
  connectMs: 10_000,
  /** For a lock, and for the writes before it while the database fails. */
  lockMs: 10_000,
  statementMs: 30_000,
  /** For a server from which nothing comes back, not even that the statement took too long. */
  silenceMs: 35_000,
  /** For the answer to whether anything can be stored. */
  probeMs: 5_000,
}

/** A connection that does not answer within that time is given up. */
const rollback: QueryConfig & { query_timeout: number } = { text: 'rollback', query_timeout: 5_000 }

/** The database, or the connection to it, has failed, and not what was asked of it. */
export class DatabaseFault extends Error {
  /** Whether nothing can have been stored. After the connection broke during a commit nobody knows. */
  readonly isUndone: boolean

  constructor(cause: unknown, isUndone: boolean) {
    super('The database has failed.', { cause })
    this.isUndone = isUndone
  }
}

export function poolOf(connectionString: string, max: number, waits: typeof patience): Pool {
  const numbers = { getTypeParser: (id: number) => (id === bigint ? Number : types.getTypeParser(id)) }
  const timeouts = {
    connectionTimeoutMillis: waits.connectMs,
    lock_timeout: waits.lockMs,
    statement_timeout: waits.statementMs,
    query_timeout: waits.silenceMs,
  }
  const pool = new Pool({ connectionString, max, types: numbers as typeof types, ...timeouts })
  // An idle connection that breaks is replaced when it is needed.
  pool.on('error', () => {})
  // The pool does not listen while a connection is in use, and without a listener an error ends the process. The query rejects too.
  pool.on('connect', (client) => client.on('error', () => {}))
  return pool
}

/** All or nothing. @throws DatabaseFault, and what `work` throws */
export async function transact<Result>(
  pool: Pool,
  begin: string,
  work: (client: PoolClient) => Promise<Result>,
): Promise<Result> {
  const client = await pool.connect().catch((error) => {
    throw new DatabaseFault(error, true)
  })
  let isCommitting = false
  try {
    await client.query(begin)
    const result = await work(client)
    isCommitting = true
    const { command } = await client.query('commit')
    // A transaction that has failed answers a commit so.
    if (command !== 'COMMIT') throw new Error('The transaction was rolled back.')
    client.release()
    return result
  } catch (error) {
    const isAlive = await client.query(rollback).then(
      () => true,
      () => false,
    )
    client.release(!isAlive)
    if (error instanceof ChatError || (isAlive && !isOfServer(error))) throw error
    throw new DatabaseFault(error, !isCommitting)
  }
}
