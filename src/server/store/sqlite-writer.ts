/** The writer's thread: one batch of writes at a time, each batch one transaction. An fsync here holds up nobody else. */
import { DatabaseSync } from 'node:sqlite'
import { parentPort, workerData } from 'node:worker_threads'
import { ChatError, type ErrorCode } from '../../shared/protocol.ts'
import { configure } from './sqlite-schema.ts'
import { sqliteWrites, type Writes } from './sqlite-writes.ts'

export interface Call {
  name: keyof Writes
  arguments: unknown[]
}

export type Outcome = { value: unknown } | { fault: { code?: ErrorCode; message: string } }

export interface Batch {
  outcomes: Outcome[]
  /** Why nothing of the batch was stored, and whether the database can still be trusted to store the next one. */
  failure?: { message: string; isFinal: boolean }
}

const ioError = 10
const corrupt = 11
const notADatabase = 26

const database = new DatabaseSync(workerData)
configure(database)
const writes = sqliteWrites(database)

parentPort?.on('message', (calls: Call[] | 'close') => {
  if (calls !== 'close') return parentPort?.postMessage(commit(calls))
  // The last connection to close moves the WAL into the database.
  database.close()
  parentPort?.close()
})

function commit(calls: Call[]): Batch {
  try {
    database.exec('begin immediate')
    const outcomes = calls.map(attempt)
    database.exec('commit')
    return { outcomes }
  } catch (error) {
    if (database.isTransaction) database.exec('rollback')
    return { outcomes: [], failure: { message: messageOf(error), isFinal: isFinal(error) } }
  }
}

/** One call inside the transaction. What it throws undoes that call alone: a bad entry costs only its sender an error. */
function attempt({ name, arguments: values }: Call): Outcome {
  database.exec('savepoint call')
  try {
    const value = (writes[name] as (...values: unknown[]) => unknown)(...values)
    database.exec('release call')
    return { value }
  } catch (error) {
    // SQLite gives up the whole transaction when the disk is full or broken; then none of the batch was stored.
    if (!database.isTransaction || isFinal(error)) throw error
    database.exec('rollback to call')
    database.exec('release call')
    return { fault: { message: messageOf(error), ...(error instanceof ChatError && { code: error.code }) } }
  }
}

function isFinal(error: unknown): boolean {
  // An extended code has the primary one in its low byte.
  const code = Number((error as { errcode?: number }).errcode) & 0xff
  return code === ioError || code === corrupt || code === notADatabase
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
