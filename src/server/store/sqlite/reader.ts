/** Reads from the database: one read at a time, each in one snapshot. It has a thread of its own: however much it reads, the event loop goes on. */
import { DatabaseSync } from 'node:sqlite'
import type { MessagePort } from 'node:worker_threads'
import { type Call, type Reads, reads, ruleOf } from '../calls.ts'
import type { Cost } from '../contracts/metering.ts'
import { CostMeter } from './cost-meter.ts'
import { statementRunner } from './statements.ts'

export type ReadCall = Call<Reads>

export type ReadOutcome = ({ value: unknown } | { fault: string }) & { cost: Cost }

/** @param port brings one call after the other, and is told the outcome of each */
export function serveReads(port: MessagePort, path: string): void {
  const database = new DatabaseSync(path, { readOnly: true })
  // Negative is KiB: pages that many come back to are kept.
  database.exec('pragma cache_size = -8192')
  const meter = new CostMeter()
  const run = statementRunner(database, { row: (row) => meter.note(row) })
  const begin = database.prepare('begin')
  const commit = database.prepare('commit')

  port.on('message', (call: ReadCall | 'close') => {
    if (call === 'close') {
      database.close()
      return port.close()
    }
    meter.take()
    port.postMessage({ ...outcomeOf(call), cost: meter.take() } satisfies ReadOutcome)
  })

  /** A snapshot that is held keeps the log of what is written from being moved into the database: each read ends its own. */
  function outcomeOf(call: ReadCall): { value: unknown } | { fault: string } {
    begin.run()
    try {
      return { value: run(ruleOf(reads, call)) }
    } catch (error) {
      return { fault: error instanceof Error ? error.message : String(error) }
    } finally {
      // SQLite gives up the transaction by itself when the disk is broken.
      if (database.isTransaction) commit.run()
    }
  }
}
