/** The stored data of a running server, read from outside. */
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Cleanup, TestServer } from '../../support/server/server.ts'

export class StoredData {
  readonly #database: DatabaseSync

  constructor(t: Cleanup, { dataDir }: TestServer) {
    this.#database = new DatabaseSync(join(dataDir, 'teahouse.db'), { readOnly: true })
    t.onTestFinished(() => this.#database.close())
  }

  /** A digest that is the same as long as nothing is stored in any table. */
  digest(): string {
    const hash = createHash('sha256')
    // Of the index of the search its own tables: what it stores is in there.
    const tables = this.#database
      .prepare("select name from pragma_table_list where schema = 'main' and type in ('table', 'shadow') order by name")
      .all()
    for (const { name } of tables) {
      // The server itself stores its clock and a write check.
      const where = name === 'meta' ? "where key not in ('clock', 'probed')" : ''
      const all = this.#database.prepare(`select * from "${name}" ${where}`).all()
      // Nor is it anything of theirs that they were here.
      const rows = all.map(({ last_seen_at: _, ...row }) => row)
      hash.update(
        JSON.stringify([name, rows], (_, value) => (ArrayBuffer.isView(value) ? [...(value as Uint8Array)] : value)),
      )
    }
    return hash.digest('hex')
  }
}
