import { copyFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { openPostgresStore } from '../../src/server/store/postgres/open.ts'
import { openSqliteStore } from '../../src/server/store/sqlite/open.ts'
import { type Cleanup, temporaryFolder } from '../support/server/server.ts'
import type { PostgresServer } from '../support/services/postgres.ts'
import type { Backend } from './contract/contract.ts'

export const sqliteBackend: Backend = {
  name: 'SQLite',
  place: temporaryFolder,
  open: openSqliteStore,
  copy(from: string, t: Cleanup) {
    const folder = temporaryFolder(t)
    for (const file of readdirSync(from)) copyFileSync(join(from, file), join(folder, file))
    return folder
  },
}

/** @param server once it runs */
export function postgresBackend(server: () => PostgresServer): Backend {
  /** A database with the tables. Copying it takes a fraction of the time that creating them takes. */
  let prepared: Promise<string> | undefined

  async function prepare(): Promise<string> {
    const url = server().newDatabase()
    await server().create(url)
    const store = await openPostgresStore(url)
    await store.close()
    return url
  }

  return {
    name: 'PostgreSQL',
    place: () => server().newDatabase(),
    async open(url) {
      prepared ??= prepare()
      await server().create(url, await prepared)
      return await openPostgresStore(url)
    },
    copy: (from) => server().newDatabase(from),
  }
}
