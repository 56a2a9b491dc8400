/** The contract of files on SQLite, and the plans of what is asked of them. */
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, it } from 'vitest'
import { fileSql } from '../../../src/server/store/queries/files.ts'
import { expirySql } from '../../../src/server/store/rules/files/files.ts'
import { totalSql } from '../../../src/server/store/rules/files/totals.ts'
import { sqliteSql } from '../../../src/server/store/sqlite/dialect.ts'
import { migrate } from '../../../src/server/store/sqlite/schema.ts'
import { temporaryFolder } from '../../support/server/server.ts'
import { sqliteBackend } from '../backends.ts'
import { filesContract } from '../contract/messages/files.ts'
import { picturesContract } from '../contract/people/pictures.ts'
import { queryPlansOfSqlite } from '../query-plans.ts'

filesContract(sqliteBackend)
picturesContract(sqliteBackend)
// After the contract, which asks the statements.
queryPlansOfSqlite()

it('SQLite store, files › uses an index for each query', (t) => {
  const database = new DatabaseSync(join(temporaryFolder(t), 'any.db'))
  migrate(database)
  // All rooms are looked at for those that are deleted; the total is one row.
  const mayScan = [/^SCAN named VIRTUAL TABLE/, /^SCAN rooms$/, /^SCAN needed$/, /^SCAN file_totals$/]
  for (const [name, sql] of Object.entries({ ...fileSql, ...expirySql, ...totalSql })) {
    const plan = database
      .prepare(`explain query plan ${sqliteSql(sql)}`)
      .all()
      .map(({ detail }) => String(detail))
    const scans = plan.filter((step) => step.startsWith('SCAN') && !mayScan.some((may) => may.test(step)))
    expect(scans, `${name}: ${plan}`).toEqual([])
    // The files of one message are put in order, and lists of hashes.
    if (!['named', 'hashes', 'needed'].includes(name)) expect(plan.join(), name).not.toMatch(/TEMP B-TREE/)
  }
  database.close()
})
