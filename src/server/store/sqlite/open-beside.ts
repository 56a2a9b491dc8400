/**
 * Opens the data beside a server that runs, or without one: for the command line. SQLite lets both write, one after the other, and
 * nothing that is written here is kept in the server's memory.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type Call, lookups, reads, ruleOf, writes } from '../calls.ts'
import type { Driver } from '../driver.ts'
import { createStore } from '../facade/create-store.ts'
import type { Store } from '../store.ts'
import { configure, refuseOtherSchema } from './schema.ts'
import { statementRunner } from './statements.ts'

/** @throws Error in one line when there is no data, or data of another version */
export function openBeside(dataDir: string): Store {
  const path = join(dataDir, 'teahouse.db')
  if (!existsSync(path)) throw new Error(`There is no teahouse in ${dataDir}: start it first, or set DATA_DIR.`)
  const database = new DatabaseSync(path)
  try {
    refuseOtherSchema(database)
    configure(database)
  } catch (error) {
    database.close()
    throw new Error(`${path} cannot be used: ${(error as Error).message}`)
  }
  return createStore(driverOn(database))
}

/** Does everything at once, on this thread. */
function driverOn(database: DatabaseSync): Driver {
  const run = statementRunner(database)

  return {
    epoch: run(lookups.epoch()),
    // Nothing goes on here that could fail by itself.
    failed: new Promise(() => {}),
    // It neither stores nor removes bytes that the server has.
    exclusively: (_, work) => work(async () => true),
    fault: async () => undefined,
    write: async (name, ...values) => writeNow({ name, values }) as never,
    read: async (_meter, name, ...values) => run(ruleOf(reads, { name, values })) as never,
    lookUp: async (name, ...values) => run(ruleOf(lookups, { name, values })) as never,
    logBytes: async () => undefined,
    close: async () => database.close(),
  }

  function writeNow(call: Call<typeof writes>): unknown {
    database.exec('begin immediate')
    try {
      const result = run(ruleOf(writes, call))
      database.exec('commit')
      return result
    } catch (error) {
      if (database.isTransaction) database.exec('rollback')
      throw error
    }
  }
}
