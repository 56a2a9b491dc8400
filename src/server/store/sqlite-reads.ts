/** What is read off the event loop, each a function of its arguments, run by the reader's thread in a snapshot of its own. */
import type { DatabaseSync } from 'node:sqlite'
import { type ListReads, listReads } from './sqlite-lists.ts'
import { type PageReads, pageReads } from './sqlite-pages.ts'
import { rows } from './sqlite-rows.ts'
import type { Cost } from './store.ts'

export interface Reads extends PageReads, ListReads {}

export interface MeteredReads {
  reads: Reads
  /** What has been read since it was asked last. */
  takeCost(): Cost
}

export function sqliteReads(database: DatabaseSync): MeteredReads {
  let cost = { rows: 0, bytes: 0 }
  let cpu = process.threadCpuUsage()
  const read = rows(database, (row) => {
    cost.rows++
    for (const value of Object.values(row)) if (typeof value === 'string') cost.bytes += Buffer.byteLength(value)
  })
  return {
    reads: { ...pageReads(database, read), ...listReads(database, read) },
    takeCost() {
      const { user, system } = process.threadCpuUsage(cpu)
      const taken = { ...cost, ms: (user + system) / 1_000 }
      cost = { rows: 0, bytes: 0 }
      cpu = process.threadCpuUsage()
      return taken
    },
  }
}
