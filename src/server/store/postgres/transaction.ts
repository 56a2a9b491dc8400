/** Transactions on a connection. */
import { type ClientBase, DatabaseError, type Pool, type QueryConfig } from 'pg'
import { ChatError } from '../../../shared/protocol/errors.ts'
import { isOfServer } from './faults.ts'

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

/** All or nothing. @throws DatabaseFault, and what `work` throws */
export async function transact<Result>(
  client: ClientBase,
  begin: string,
  work: (client: ClientBase) => Promise<Result>,
): Promise<Result> {
  let isCommitting = false
  try {
    const begun = client.query(begin)
    // Awaited with what follows it. Its error is that of the connection, which the others have too.
    begun.catch(() => {})
    const result = await work(client)
    await begun
    isCommitting = true
    const { command } = await client.query('commit')
    // A transaction that has failed answers a commit so.
    if (command !== 'COMMIT') throw new Error('The transaction was rolled back.')
    return result
  } catch (error) {
    const isAlive = await client.query(rollback).then(
      () => true,
      () => false,
    )
    if (error instanceof ChatError || (isAlive && !isOfServer(error))) throw error
    throw new DatabaseFault(error, isAlive || !isCommitting)
  }
}

/** On any connection of the pool. @throws DatabaseFault, and what `work` throws */
export async function onAny<Result>(pool: Pool, work: (client: ClientBase) => Promise<Result>): Promise<Result> {
  const client = await pool.connect().catch((error) => {
    throw new DatabaseFault(error, true)
  })
  try {
    const result = await work(client)
    client.release()
    return result
  } catch (error) {
    client.release(error instanceof DatabaseFault)
    throw error
  }
}

/** Each statement for itself, which asks the database a third of what a transaction does. @throws DatabaseFault, and what `work` throws */
export async function withoutTransaction<Result>(
  client: ClientBase,
  work: (client: ClientBase) => Promise<Result>,
): Promise<Result> {
  try {
    return await work(client)
  } catch (error) {
    // A connection that is broken, or hangs, is not used again.
    if (error instanceof ChatError || (error instanceof DatabaseError && !isOfServer(error))) throw error
    throw new DatabaseFault(error, true)
  }
}
