import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, it } from 'vitest'
import { search } from '../../../src/server/cli/search.ts'
import { parseSearch } from '../../../src/shared/search/query.ts'
import { viewer } from '../../support/clients/users.ts'
import { indexTexts, uploadedText } from '../../support/file-texts.ts'
import { fileId, uploaded } from '../../support/files.ts'
import { tea } from '../../support/server/populate.ts'
import { sqliteBackend } from '../backends.ts'
import { fileTextsContract } from '../contract/messages/file-texts.ts'
import { StoreFixture } from '../fixture.ts'
import { queryPlansOfSqlite } from '../query-plans.ts'
import { backendIn } from '../search-rights.ts'

const migrations = ['32-file-texts', '34-text-removal'].map(
  (name) => new URL(`../../../src/server/store/sqlite/migrations/${name}.sql`, import.meta.url),
)

fileTextsContract(sqliteBackend)
// After the contract, which asks the statements.
queryPlansOfSqlite()

/** As the update leaves data of an older version. */
function asBefore(folder: string): void {
  const database = new DatabaseSync(join(folder, 'teahouse.db'))
  database.exec(`
    drop table text_index; drop table file_texts; drop table file_text_parts;
    drop index files_text_waits; alter table files drop column text_waits`)
  for (const migration of migrations) database.exec(readFileSync(migration, 'utf8'))
  database.close()
}

it('indexes the texts of files that were sent before the update, and says how many are left', async (t) => {
  let folder = ''
  const fixture = await StoreFixture.open(
    t,
    backendIn((made) => {
      folder = made
    }),
  )
  const { bo, cai } = fixture
  const texts = new Map<string, string>()
  for (let n = 1; n <= 3; n++) {
    const id = await uploadedText(fixture.store, n, bo, tea)
    texts.set(id, `oolong ${n}`)
    await fixture.write(bo, tea, { data: '', files: [id] })
  }
  await fixture.write(bo, tea, { data: '', files: [await uploaded(fixture.store, 4, bo, tea)] })
  await fixture.write(bo, tea, { type: 'delete', ref: 1 })
  await fixture.reopen(() => asBefore(folder))
  const { store } = fixture
  const context = { store } as Parameters<typeof search>[0]
  expect(await search(context)).toBe('All messages are indexed.\nText files still to index: 2.\n')
  expect(await store.search.nextText(Date.now())).toMatchObject({ id: fileId(3) })
  await indexTexts(store, texts)
  const { messages } = await store.search.find(viewer(cai), parseSearch('oolong'), { limit: 50 })
  expect(messages.map(({ id }) => id)).toEqual([3, 2])
  expect(await search(context)).toBe('All messages are indexed.\n')
})
