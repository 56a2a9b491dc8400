import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, it } from 'vitest'
import { unreadSql } from '../../src/server/store/queries/unread.ts'
import { sqliteSql } from '../../src/server/store/sqlite/dialect.ts'
import { migrate } from '../../src/server/store/sqlite/schema.ts'
import { temporaryFolder } from '../support/server.ts'
import { sqliteBackend } from './backends.ts'
import { addressedContract } from './contract-addressed.ts'
import { mentionsContract } from './contract-mentions.ts'

mentionsContract(sqliteBackend)
addressedContract(sqliteBackend)

it('SQLite store › counts unread messages without reading their texts (SECURITY-REVIEW 2)', (t) => {
  const database = new DatabaseSync(join(temporaryFolder(t), 'any.db'))
  migrate(database)
  t.onTestFinished(() => database.close())
  const planOf = (text: string) =>
    database
      .prepare(`explain query plan ${sqliteSql(text)}`)
      .all()
      .map(({ detail }) => String(detail))
      .filter((step) => !/subquery|CO-ROUTINE|^SCAN (newest|counted)/.test(step))
  expect(planOf('select data from entries where room_id = 1 and id > 2'), 'what reads texts can be told').toEqual([
    'SEARCH entries USING PRIMARY KEY (room_id=? AND id>?)',
  ])
  expect(planOf(unreadSql.unread)).toEqual(['SEARCH entries USING COVERING INDEX entries_chat (room_id=? AND id>?)'])
  expect(planOf(unreadSql.mentions)).toEqual([
    'SEARCH mentions USING PRIMARY KEY (user_id=? AND room_id=? AND message_id>?)',
  ])
})
