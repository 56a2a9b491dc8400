/** The tables, and the changes to them from version to version. */
import { readFile } from 'node:fs/promises'
import type { Client } from 'pg'
import { UnusableDatabase } from './connection.ts'

/** Nodes that start at the same time change the tables once. */
const schemaLock = 8_325_000

/** Files of `schema/`, by version, in their order. One that was released is never changed. */
const versions: readonly (readonly string[])[] = [
  ['server', 'people', 'rooms', 'messages', 'programs', 'moderation', 'files', 'search', 'notifications'],
]

/**
 * Brings a database to today's schema, in one transaction.
 * @param isFixed whether nothing may be changed: the database is to have today's schema already
 * @throws UnusableDatabase for a database that another program, or a newer version, has written
 */
export async function migrate(client: Client, isFixed = false): Promise<void> {
  await client.query('begin')
  try {
    await client.query('select pg_advisory_xact_lock($1)', [schemaLock])
    const version = await versionOf(client)
    if (version > versions.length) {
      throw new UnusableDatabase(
        `the data was written by a newer version (schema ${version}, this program knows ${versions.length})`,
      )
    }
    if (isFixed && version === 0) throw new UnusableDatabase('there is no teahouse: start the server first')
    if (isFixed && version < versions.length)
      throw new UnusableDatabase('the data was written by an older version: start the server first')
    for (const file of versions.slice(version).flat()) await client.query(await sqlOf(file))
    if (version < versions.length) {
      await client.query(
        `insert into meta values ('schema', $1) on conflict (key) do update set value = excluded.value`,
        [String(versions.length)],
      )
    }
    await client.query('commit')
  } catch (error) {
    await client.query('rollback').catch(() => {})
    throw error
  }
}

function sqlOf(file: string): Promise<string> {
  return readFile(new URL(`schema/${file}.sql`, import.meta.url), 'utf8')
}

/** 0 for an empty database. */
async function versionOf(client: Client): Promise<number> {
  const { rows: tables } = await client.query(
    `select to_regclass('meta') is not null as "hasMeta", to_regclass('users') is not null as "hasUsers"`,
  )
  const { hasMeta, hasUsers } = tables[0]
  if (!hasMeta && !hasUsers) return 0
  const { rows } = hasMeta ? await client.query(`select value from meta where key = 'schema'`) : { rows: [] }
  if (!rows[0]) throw new UnusableDatabase('the database has tables of another program')
  return Number(rows[0].value)
}
