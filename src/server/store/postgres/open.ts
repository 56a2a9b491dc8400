import { readFile } from 'node:fs/promises'
import { Client } from 'pg'
import { createStore } from '../facade/create-store.ts'
import type { Store } from '../store.ts'
import { PostgresDriver, type PostgresOptions } from './driver.ts'

/** Processes that start at the same time create the tables once. */
const schemaLock = 8_325_000

/** The store in a PostgreSQL database. @param url `postgres://user:password@host:port/database` */
export async function openPostgresStore(url: string, options?: PostgresOptions): Promise<Store> {
  const client = new Client({ connectionString: url })
  // A connection that breaks rejects the query. Without a listener it ends the process too.
  client.on('error', () => {})
  await client.connect()
  try {
    await createSchema(client)
    return createStore(await PostgresDriver.open(url, client, options))
  } finally {
    await client.end()
  }
}

/** Creates the tables that are not there. */
export async function createSchema(client: Client): Promise<void> {
  await client.query('begin')
  await client.query('select pg_advisory_xact_lock($1)', [schemaLock])
  const { rows } = await client.query(`select to_regclass('meta') is not null as "isThere"`)
  if (!rows[0]?.isThere) await client.query(await readFile(new URL('schema.sql', import.meta.url), 'utf8'))
  await client.query('commit')
}
