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

export type Outcome = { value: unknown } | { fault: Fault }

export interface Fault {
  message: string
  /** Of a refusal. */
  code?: ErrorCode
  retryAfterMs?: number | undefined
}

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
const savepoint = database.prepare('savepoint call')
const release = database.prepare('release call')

parentPort?.on('message', (calls: Call[] | 'close') => {
  if (calls === 'close') {
    // The last connection to close moves the WAL into the database.
    database.close()
    return parentPort?.close()
  }
  const batch = commit(calls)
  parentPort?.postMessage(batch)
  // What waits behind it must not be written to a database that cannot be trusted any more.
  if (batch.failure?.isFinal) parentPort?.close()
})

function commit(calls: Call[]): Batch {
  try {
    return { outcomes: transact(calls, call) }
  } catch (error) {
    if (isFinal(error)) return failed(error)
  }
  // One of them failed, and has undone the others. Again, each with a savepoint: a bad one costs only its sender an error.
  try {
    return { outcomes: transact(calls, attempt) }
  } catch (error) {
    return failed(error)
  }
}

/** All or nothing: @throws what `run` throws, and when the transaction cannot be committed */
function transact(calls: Call[], run: (call: Call) => Outcome): Outcome[] {
  database.exec('begin immediate')
  try {
    const outcomes = calls.map(run)
    database.exec('commit')
    return outcomes
  } catch (error) {
    if (database.isTransaction) database.exec('rollback')
    throw error
  }
}

function failed(error: unknown): Batch {
  return { outcomes: [], failure: { message: messageOf(error), isFinal: isFinal(error) } }
}

/** A `ChatError` is a refusal, which comes before anything has been written. */
function call({ name, arguments: values }: Call): Outcome {
  try {
    return { value: (writes[name] as (...values: unknown[]) => unknown)(...values) }
  } catch (error) {
    if (error instanceof ChatError) {
      const { message, code, retryAfterMs } = error
      return { fault: { message, code, retryAfterMs } }
    }
    throw error
  }
}

/** One call inside the transaction, undone alone when it fails. */
function attempt(one: Call): Outcome {
  savepoint.run()
  try {
    const outcome = call(one)
    release.run()
    return outcome
  } catch (error) {
    // SQLite gives up the whole transaction when the disk is full or broken; then none of the batch was stored.
    if (!database.isTransaction || isFinal(error)) throw error
    database.exec('rollback to call')
    release.run()
    return { fault: { message: messageOf(error) } }
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
