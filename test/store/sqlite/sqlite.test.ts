import { statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it } from 'vitest'
import { accountSql } from '../../../src/server/store/queries/accounts.ts'
import { addressedSql } from '../../../src/server/store/queries/addressed.ts'
import { auditRecordsSql, auditSql } from '../../../src/server/store/queries/audit-log.ts'
import { linkSql } from '../../../src/server/store/queries/links.ts'
import { membershipSql, readMarkSql } from '../../../src/server/store/queries/membership.ts'
import { pageSql } from '../../../src/server/store/queries/pages.ts'
import { roomSql } from '../../../src/server/store/queries/rooms.ts'
import { savedSql } from '../../../src/server/store/queries/saved.ts'
import { sessionSql } from '../../../src/server/store/queries/sessions.ts'
import { storageSql } from '../../../src/server/store/queries/storage.ts'
import { unreadSql } from '../../../src/server/store/queries/unread.ts'
import { sqliteSql } from '../../../src/server/store/sqlite/dialect.ts'
import { openSqliteStore } from '../../../src/server/store/sqlite/open.ts'
import { configure, migrate } from '../../../src/server/store/sqlite/schema.ts'
import { userNamed } from '../../support/clients/users.ts'
import { temporaryFolder } from '../../support/server/server.ts'
import { sqliteBackend } from '../backends.ts'
import { storeContract } from '../contract/contract.ts'
import { queryPlansOfSqlite } from '../query-plans.ts'

const queries = {
  ...{ ...accountSql, accounts: accountSql.list },
  ...{ ...auditSql, records: auditRecordsSql({}) },
  ...storageSql,
  ...linkSql,
  ...pageSql,
  ...roomSql,
  ...sessionSql,
  ...unreadSql,
  ...addressedSql,
  ...savedSql,
  membership: membershipSql,
  readMark: readMarkSql,
}

storeContract(sqliteBackend)
// After the contract, which asks the statements.
queryPlansOfSqlite()

describe('SQLite store', () => {
  it('syncs to the disk before a commit returns', (t) => {
    const database = new DatabaseSync(join(temporaryFolder(t), 'any.db'))
    configure(database)
    expect(database.prepare('pragma journal_mode').get()).toEqual({ journal_mode: 'wal' })
    const full = 2
    expect(database.prepare('pragma synchronous').get()).toEqual({ synchronous: full })
    database.close()
  })
  it('keeps its write-ahead log small, however much is written', async (t) => {
    const folder = temporaryFolder(t)
    const store = openSqliteStore(folder)
    t.onTestFinished(() => store.close())
    const user = await userNamed(store, 'Anna')
    await store.rooms.open('lobby', 1)
    const data = '茶'.repeat(4000)
    for (let round = 0; round < 32; round++) {
      const entries = Array.from({ length: 300 }, (_, i) => ({ key: `${round} ${i}`, data, at: 1 }))
      await Promise.all(entries.map((entry) => store.log.append({ type: 'chat', room: 'lobby', user, ...entry })))
    }
    const [database, wal] = ['teahouse.db', 'teahouse.db-wal'].map((file) => statSync(join(folder, file)).size)
    expect(database).toBeGreaterThan(64 * 1024 * 1024)
    expect(wal).toBeLessThanOrEqual(64 * 1024 * 1024)
  })
  it('refuses a folder that another process uses, and opens it after that process has ended', async (t) => {
    const folder = temporaryFolder(t)
    const first = openSqliteStore(folder)
    expect(() => openSqliteStore(folder)).toThrow(`${folder} is in use by another Teahouse.`)
    await first.close()
    await openSqliteStore(folder).close()
  })
  it('refuses data of a newer version, and does not change it', async (t) => {
    const folder = temporaryFolder(t)
    await openSqliteStore(folder).close()
    const path = join(folder, 'teahouse.db')
    const database = new DatabaseSync(path)
    database.exec('pragma user_version = 9999')
    expect(() => openSqliteStore(folder)).toThrow(/newer version/)
    expect(database.prepare('pragma user_version').get()).toEqual({ user_version: 9999 })
    database.close()
  })
  it('refuses a folder that is a file', (t) => {
    const file = join(temporaryFolder(t), 'file')
    writeFileSync(file, '')
    expect(() => openSqliteStore(file)).toThrow()
  })
  it('keeps all data in the database file once it is closed', async (t) => {
    const folder = temporaryFolder(t)
    const store = openSqliteStore(folder)
    const user = await userNamed(store, 'Anna')
    await store.rooms.open('lobby', 1)
    await store.log.append({ type: 'chat', room: 'lobby', user, key: 'k', data: 'hello', at: 1 })
    await store.close()
    const copy = new DatabaseSync(join(folder, 'teahouse.db'), { readOnly: true })
    expect(copy.prepare('select data from entries').all()).toEqual([{ data: 'hello' }])
    copy.close()
  })
  it('does not let a failed write affect the others', async (t) => {
    const folder = temporaryFolder(t)
    const store = openSqliteStore(folder)
    const user = await userNamed(store, 'Anna')
    await store.rooms.open('lobby', 1)
    // The table goes away under the writer.
    const database = new DatabaseSync(join(folder, 'teahouse.db'))
    database.exec('drop table entries')
    database.close()
    const entry = { type: 'chat', room: 'lobby', user, key: 'k', data: 'hello', at: 1 } as const
    // In one turn, and so in one transaction.
    const [before, bad, after] = await Promise.allSettled([
      userNamed(store, 'Bo'),
      store.log.append(entry),
      userNamed(store, 'Cai'),
    ])
    expect(bad).toMatchObject({ status: 'rejected', reason: { message: expect.stringMatching(/no such table/) } })
    expect([before, after]).toMatchObject([{ value: { name: 'Bo' } }, { value: { name: 'Cai' } }])
    expect(await store.accounts.hasUser('Bo')).toBe(true)
    expect(await store.fault()).toBeUndefined()
    await store.close()
  })
  it('uses an index for each kind of read', (t) => {
    const database = new DatabaseSync(join(temporaryFolder(t), 'any.db'))
    migrate(database)
    for (const [name, text] of Object.entries(queries)) {
      const plan = database
        .prepare(`explain query plan ${sqliteSql(text)}`)
        .all()
        .map(({ detail }) => String(detail))
      // All rooms are listed, in the order in which they were made, and the newest edits of a page, which were looked up.
      // There are few owners, banned ranges and unfinished actions.
      const mayScan = [
        'SCAN rooms',
        'SCAN rooms USING INDEX rooms_public_name',
        'SCAN newest',
        'SCAN counted',
        // At most a thousand messages, and at most a page.
        'SCAN called',
        'SCAN mentioning',
        'SCAN banned_ranges',
        'SCAN unfinished_actions',
        'SCAN users USING COVERING INDEX users_owner',
        // All users are counted.
        'SCAN users USING COVERING INDEX users_folded',
      ]
      const scans = plan.filter((step) => step.startsWith('SCAN') && !mayScan.includes(step))
      expect(
        scans.filter((step) => !/^SCAN (\(subquery|CONSTANT|newest|pragma_page)/.test(step)),
        `${name}: ${plan}`,
      ).toEqual([])
      // Few users have one name or look alike. Archived rooms come last, among the few to which one user belongs and among the public ones. What mentions everybody in
      // the user's rooms is put in order with what mentions the user.
      if (!['like', 'own', 'others', 'mentions', 'nextMention', 'addressed'].includes(name)) {
        expect(plan.join(), name).not.toMatch(/TEMP B-TREE FOR (?!LAST TERM)/)
      }
    }
    database.close()
  })
})
