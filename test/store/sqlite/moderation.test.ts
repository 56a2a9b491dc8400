import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, it } from 'vitest'
import { removalSql } from '../../../src/server/store/moderation/remove-messages.ts'
import { auditRecordsSql } from '../../../src/server/store/queries/audit-log.ts'
import { sqliteSql } from '../../../src/server/store/sqlite/dialect.ts'
import { migrate } from '../../../src/server/store/sqlite/schema.ts'
import type { AuditQuery } from '../../../src/server/store/store.ts'
import { temporaryFolder } from '../../support/server/server.ts'
import { sqliteBackend } from '../backends.ts'
import { deletionContract } from '../contract/messages/deletion.ts'
import { pinsContract } from '../contract/messages/pins.ts'
import { writingContract } from '../contract/messages/writing.ts'
import { auditLogContract } from '../contract/server/audit-log.ts'
import { moderationContract } from '../contract/server/moderation.ts'
import { queryPlansOfSqlite } from '../query-plans.ts'

writingContract(sqliteBackend)
moderationContract(sqliteBackend)
auditLogContract(sqliteBackend)
deletionContract(sqliteBackend)
pinsContract(sqliteBackend)
// After the contract, which asks the statements.
queryPlansOfSqlite()

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

it('SQLite store › reads the audit log by an index for each filter, in the order of the log', (t) => {
  const database = new DatabaseSync(join(temporaryFolder(t), 'any.db'))
  migrate(database)
  t.onTestFinished(() => database.close())
  const planOf = (query: AuditQuery) =>
    database
      .prepare(`explain query plan ${sqliteSql(auditRecordsSql(query))}`)
      .all()
      .map(({ detail }) => String(detail))
      .filter((step) => /(SEARCH|SCAN) audit_log|TEMP/.test(step))
  const by = (index: string, column: string) => [`SEARCH audit_log USING INDEX ${index} (${column}=? AND rowid<?)`]
  const [actor, user, room, type] = [1, 2, 'tea', 'ban'] as const
  expect(planOf({})).toEqual(['SEARCH audit_log USING INTEGER PRIMARY KEY (rowid<?)'])
  expect(planOf({ actor })).toEqual(by('audit_log_actor', 'actor_id'))
  expect(planOf({ user })).toEqual(by('audit_log_target', 'user_id'))
  expect(planOf({ room })).toEqual(by('audit_log_room', 'room_id'))
  expect(planOf({ type })).toEqual(by('audit_log_type', 'type'))
  expect(planOf({ actor, type })).toEqual(by('audit_log_actor', 'actor_id'))
  expect(planOf({ room, actor })).toEqual(by('audit_log_room', 'room_id'))
  expect(planOf({ actor, user, room, type })).toEqual(by('audit_log_target', 'user_id'))
})
