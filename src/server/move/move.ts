/** `npx teahouse move`: copies all data from a data folder into a PostgreSQL database or back, and compares them before anybody can see them. */
import { join, resolve } from 'node:path'
import type { FileBytes } from '../files/bytes/file-bytes.ts'
import { copyFiles, readFiles } from './copy-files.ts'
import { copyTables, type Moved } from './copy-tables.ts'
import { indexAgain } from './index-again.ts'
import { PostgresSide } from './postgres-side.ts'
import { SqliteSide } from './sqlite-side.ts'

export interface Move {
  /** A data folder, or `postgres://…`; `to` is of the other kind. */
  from: string
  to: string
  /** Where files are if it is the same for both; else each data folder has its own. */
  shared: FileBytes | undefined
  /** The data folder of nodes that use the database. */
  dataDir: string
  /** Is told after each part. */
  progress(moved: Moved): void
}

/** @returns the tables, with `file contents` as the last one @throws Error in one line; the target is then empty as it was */
export async function move({ from, to, shared, dataDir, progress }: Move): Promise<Moved[]> {
  if (isDatabase(from) === isDatabase(to))
    throw new Error(
      'Name a data folder and a database: "npx teahouse move ./data postgres://user@host/name", or the other way round.',
    )
  const folder = isDatabase(from) ? to : from
  const sqlite = isDatabase(from) ? SqliteSide.fill(resolve(folder)) : SqliteSide.read(resolve(folder))
  try {
    const postgres = await PostgresSide.open(isDatabase(from) ? from : to)
    try {
      const sides = isDatabase(from) ? ([postgres, sqlite] as const) : ([sqlite, postgres] as const)
      const tables = await copyTables(sides, sqlite.tables, progress)
      const hashes = await hashesIn(sides[0], sqlite.tables)
      const filesOf = (place: string) => join(isDatabase(place) ? dataDir : resolve(place), 'files')
      const files = await (shared
        ? readFiles(shared, hashes, progress)
        : copyFiles([filesOf(from), filesOf(to)], hashes, progress))
      await indexAgain(sides[1])
      await sides[1].commit()
      return [...tables, files]
    } finally {
      await postgres.close()
    }
  } finally {
    await sqlite.close()
  }
}

function isDatabase(place: string): boolean {
  return /^postgres(ql)?:\/\//.test(place)
}

/** Where hashes of bytes stand: files, and the pictures of users and rooms. */
const hashColumns: Readonly<Record<string, string>> = { files: 'hash', users: 'picture', rooms: 'picture' }

async function hashesIn(side: PostgresSide | SqliteSide, tables: SqliteSide['tables']): Promise<Set<string>> {
  const hashes = new Set<string>()
  for (const [name, column] of Object.entries(hashColumns)) {
    const table = tables.find((one) => one.name === name)
    const index = table?.columns.indexOf(column) ?? -1
    if (!table || index < 0) throw new Error(`There is no ${name}.${column}.`)
    for await (const rows of side.rows(table))
      for (const row of rows) if (row[index] != null) hashes.add(String(row[index]))
  }
  return hashes
}
