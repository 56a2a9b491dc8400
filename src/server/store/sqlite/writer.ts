/** The writer's thread: one batch of writes at a time, each batch one transaction. An fsync here holds up nobody else. */
import { DatabaseSync } from 'node:sqlite'
import { parentPort, workerData } from 'node:worker_threads'
import { ChatError, type ErrorCode } from '../../../shared/protocol/errors.ts'
import { type Looks, useConfusableTable } from '../../auth/confusables.ts'
import { type Call, ruleOf, type Writes, writes } from '../calls.ts'
import { Erasing } from './erasing.ts'
import { isFinal, isOfMachine } from './faults.ts'
import { configure } from './schema.ts'
import { statementRunner } from './statements.ts'

export type WriteCall = Call<Writes>

export type Outcome = { value: unknown } | { fault: Fault }

export interface Fault {
  message: string
  /** Set for a refusal. */
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
const run = statementRunner(database, { erased: erasing.note })
const savepoint = database.prepare('savepoint call')
const release = database.prepare('release call')

parentPort?.on('message', (calls: Looks | WriteCall[] | 'close') => {
  if (calls instanceof Map) return useConfusableTable(calls)
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

function commit(calls: WriteCall[]): Omit<Batch, 'ms'> {
  try {
    return { outcomes: transact(calls, carryOut) }
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

/** All or nothing: @throws what `outcomeOf` throws, and when the transaction cannot be committed */
function transact(calls: WriteCall[], outcomeOf: (call: WriteCall) => Outcome): Outcome[] {
  database.exec('begin immediate')
  try {
    const outcomes = calls.map(outcomeOf)
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
function carryOut(call: WriteCall): Outcome {
  try {
    return { value: run(ruleOf(writes, call)) }
  } catch (error) {
    if (error instanceof ChatError) {
      const { message, code, retryAfterMs } = error
      return { fault: { message, code, retryAfterMs } }
    }
    throw error
  }
}

/** One call inside the transaction, undone alone when it fails. */
function attempt(call: WriteCall): Outcome {
  savepoint.run()
  try {
    const outcome = carryOut(call)
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
