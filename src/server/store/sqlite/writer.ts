/** Writes to the database: one batch at a time, each batch one transaction. It has a thread of its own, where an fsync holds up nobody else. */
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import type { MessagePort } from 'node:worker_threads'
import { ChatError, type ErrorCode } from '../../../shared/protocol/errors.ts'
import { type Looks, useConfusableTable } from '../../auth/confusables.ts'
import { type Call, ruleOf, type Writes, writes } from '../calls.ts'
import { Erasing } from './erasing.ts'
import { isFinal, isOfMachine } from './faults.ts'
import { configure } from './schema.ts'
import { type AtEnd, type Run, statementRunner } from './statements.ts'

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

/** @param port brings the calls, is told their outcomes, and closes when nothing can be written any more */
export function serveWrites(port: MessagePort, path: string): void {
  const writer = new Writer(path)
  port.on('message', (calls: Looks | WriteCall[] | 'close') => {
    if (calls instanceof Map) return useConfusableTable(calls)
    if (calls === 'close') {
      writer.close()
      return port.close()
    }
    const batch = writer.write(calls)
    port.postMessage(batch)
    // What waits behind it must not be written to a database that cannot be trusted any more.
    if (batch.failure?.isFinal) port.close()
  })
}

class Writer {
  readonly #database: DatabaseSync
  readonly #erasing: Erasing
  readonly #run: Run
  readonly #savepoint: StatementSync
  readonly #release: StatementSync
  /** What the calls of this transaction leave to its end. */
  #left: AtEnd[] = []

  constructor(path: string) {
    this.#database = new DatabaseSync(path)
    configure(this.#database)
    this.#erasing = new Erasing(this.#database)
    this.#run = statementRunner(this.#database, {
      erased: this.#erasing.note,
      atEnd: (work) => this.#left.push(work),
    })
    this.#savepoint = this.#database.prepare('savepoint call')
    this.#release = this.#database.prepare('release call')
  }

  write(calls: WriteCall[]): Batch {
    const began = performance.now()
    const batch: Batch = { ...this.#commit(calls), ms: performance.now() - began }
    this.#erasing.schedule()
    return batch
  }

  close(): void {
    this.#erasing.stop()
    // The last connection to close moves the WAL into the database.
    this.#database.close()
  }

  #commit(calls: WriteCall[]): Omit<Batch, 'ms'> {
    try {
      return { outcomes: this.#transact(calls, (call) => this.#carryOut(call)) }
    } catch (error) {
      if (isOfMachine(error)) return failed(error)
    }
    // One of them failed, and has undone the others. Again, each with a savepoint: a bad one costs only its sender an error.
    try {
      return { outcomes: this.#transact(calls, (call) => this.#attempt(call)) }
    } catch (error) {
      return failed(error)
    }
  }

  /** All or nothing: @throws what `outcomeOf` throws, and when the transaction cannot be committed */
  #transact(calls: WriteCall[], outcomeOf: (call: WriteCall) => Outcome): Outcome[] {
    this.#database.exec('begin immediate')
    try {
      const outcomes = calls.map(outcomeOf)
      this.#finish()
      this.#database.exec('commit')
      return outcomes
    } catch (error) {
      this.#left = []
      if (this.#database.isTransaction) this.#database.exec('rollback')
      throw error
    }
  }

  /**
   * FTS5 gathers what it is given, and writes it out at a savepoint. Of what it gathers at once, a removal and then an addition of one
   * place and word would cost the later places that word: they are written out one after the other.
   */
  #finish(): void {
    const left = this.#left
    this.#left = []
    let last = left[0]?.sql
    for (const { sql, run } of left) {
      if (sql !== last) {
        this.#savepoint.run()
        this.#release.run()
      }
      last = sql
      run()
    }
  }

  /** A `ChatError` is a refusal, which comes before anything has been written. */
  #carryOut(call: WriteCall): Outcome {
    try {
      return { value: this.#run(ruleOf(writes, call)) }
    } catch (error) {
      if (error instanceof ChatError) {
        const { message, code, retryAfterMs } = error
        return { fault: { message, code, retryAfterMs } }
      }
      throw error
    }
  }

  /** One call inside the transaction, undone alone when it fails. */
  #attempt(call: WriteCall): Outcome {
    this.#savepoint.run()
    try {
      const outcome = this.#carryOut(call)
      this.#finish()
      this.#release.run()
      return outcome
    } catch (error) {
      // A full or broken disk is not the fault of this call: none of the batch is stored.
      if (!this.#database.isTransaction || isOfMachine(error)) throw error
      this.#left = []
      this.#database.exec('rollback to call')
      this.#release.run()
      return { fault: { message: messageOf(error) } }
    }
  }
}

function failed(error: unknown): Omit<Batch, 'ms'> {
  return { outcomes: [], failure: { message: messageOf(error), isFinal: isFinal(error) } }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
