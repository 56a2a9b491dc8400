import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, it } from 'vitest'
import { removalSql } from '../../src/server/store/moderation/remove-messages.ts'
import { sqliteSql } from '../../src/server/store/sqlite/dialect.ts'
import { migrate } from '../../src/server/store/sqlite/schema.ts'
import { temporaryFolder } from '../support/server.ts'
import { sqliteBackend } from './backends.ts'
import { deletionContract } from './contract-deletion.ts'
import { moderationContract } from './contract-moderation.ts'
import { pinsContract } from './contract-pins.ts'
import { writingContract } from './contract-writing.ts'

writingContract(sqliteBackend)
moderationContract(sqliteBackend)
deletionContract(sqliteBackend)
pinsContract(sqliteBackend)

it('SQLite store › finds the messages that a ban removes by indexes, those of a room by one that begins with the room', (t) => {
  const database = new DatabaseSync(join(temporaryFolder(t), 'any.db'))
  migrate(database)
  t.onTestFinished(() => database.close())
  const planOf = (text: string) =>
    database
      .prepare(`explain query plan ${sqliteSql(text)}`)
      .all()
      .map(({ detail }) => String(detail))
      .filter((step) => /(SEARCH|SCAN) entries|TEMP/.test(step))
  expect(planOf(removalSql.keys)).toEqual(['SEARCH entries USING COVERING INDEX entries_key (user_id=? AND key>?)'])
  expect(planOf(removalSql.everywhere)).toEqual([
    'SEARCH entries USING INDEX entries_key (user_id=? AND key>? AND key<?)',
  ])
  expect(planOf(removalSql.ids)).toEqual(['SEARCH entries USING COVERING INDEX entries_chat (room_id=? AND id<?)'])
  expect(planOf(removalSql.inRoom)).toEqual(['SEARCH entries USING INDEX entries_chat (room_id=? AND id>? AND id<?)'])
})
