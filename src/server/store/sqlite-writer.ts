/** The writer's thread: one batch of writes at a time, each batch one transaction. An fsync here holds up nobody else. */
import { DatabaseSync } from 'node:sqlite'
import { parentPort, workerData } from 'node:worker_threads'
import { ChatError, type ErrorCode } from '../../shared/protocol.ts'
import { Erasing } from './erasing.ts'
import { isFinal, isOfMachine } from './sqlite-faults.ts'
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
  /** How long it took. */
  ms: number
}

const database = new DatabaseSync(workerData)
configure(database)
const erasing = new Erasing(database)
const writes = sqliteWrites(database, erasing.note)
const savepoint = database.prepare('savepoint call')
const release = database.prepare('release call')

parentPort?.on('message', (calls: Call[] | 'close') => {
  if (calls === 'close') {
    erasing.stop()
    // The last connection to close moves the WAL into the database.
    database.close()
    return parentPort?.close()
  }
  const began = performance.now()
  const batch: Batch = { ...commit(calls), ms: performance.now() - began }
  parentPort?.postMessage(batch)
  erasing.schedule()
  // What waits behind it must not be written to a database that cannot be trusted any more.
  if (batch.failure?.isFinal) parentPort?.close()
})

function commit(calls: Call[]): Omit<Batch, 'ms'> {
  try {
    return { outcomes: transact(calls, call) }
  } catch (error) {
    if (isOfMachine(error)) return failed(error)
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

function failed(error: unknown): Omit<Batch, 'ms'> {
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
    // A full or broken disk is not the fault of this call: none of the batch is stored.
    if (!database.isTransaction || isOfMachine(error)) throw error
    database.exec('rollback to call')
    release.run()
    return { fault: { message: messageOf(error) } }
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
