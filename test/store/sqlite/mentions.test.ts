import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, it } from 'vitest'
import { addressedMessages, addressedSql } from '../../../src/server/store/queries/addressed.ts'
import { unreadSql } from '../../../src/server/store/queries/unread.ts'
import { sqliteSql } from '../../../src/server/store/sqlite/dialect.ts'
import { openSqliteStore } from '../../../src/server/store/sqlite/open.ts'
import { migrate } from '../../../src/server/store/sqlite/schema.ts'
import { statementRunner } from '../../../src/server/store/sqlite/statements.ts'
import { userNamed, viewer } from '../../support/clients/users.ts'
import { temporaryFolder } from '../../support/server/server.ts'
import { sqliteBackend } from '../backends.ts'
import { addressedContract } from '../contract/messages/addressed.ts'
import { mentionsContract } from '../contract/messages/mentions.ts'
import { roomMentionsContract } from '../contract/messages/room-mentions.ts'
import { savedContract } from '../contract/people/saved.ts'
import { queryPlansOfSqlite } from '../query-plans.ts'

const newRoom = { kind: 'public', address: 'tea', name: 'tea', topic: '', users: [], key: 'tea', at: 1 } as const

mentionsContract(sqliteBackend)
addressedContract(sqliteBackend)
roomMentionsContract(sqliteBackend)
savedContract(sqliteBackend)
// After the contract, which asks the statements.
queryPlansOfSqlite()

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
  const mentions = planOf(unreadSql.mentions)
  expect(mentions).toContain('SEARCH mentions USING PRIMARY KEY (user_id=? AND room_id=? AND message_id>?)')
  expect(mentions.filter((step) => step.includes('entries'))).toEqual([
    'SEARCH entries USING COVERING INDEX entries_chat (room_id=? AND id=?)',
  ])
})

it('SQLite store › looks at a bounded number of mentions that are not for the user any more, and says where to go on', (t) => {
  const database = new DatabaseSync(join(temporaryFolder(t), 'any.db'))
  migrate(database)
  t.onTestFinished(() => database.close())
  database.exec(`
    insert into users (id, name, created_at) values (1, 'Anna', 1), (2, 'Bo', 1), (3, 'Cai', 1);
    insert into rooms (id, address, created_at, last) values (1, 'tea', 1, 15001);
    insert into blocks values (1, 2, 1);
    with recursive n(id) as (select 1 union all select id + 1 from n where id < 15001)
    insert into entries (room_id, id, type, user_id, key, at, data)
    select 1, id, 'chat', case id when 1 then 3 else 2 end, 'k' || id, 1, '@Anna' from n;
    insert into addressed (user_id, room_id, message_id) select 1, room_id, id from entries order by id;`)
  const run = statementRunner(database)
  const page = (before?: number) => run(addressedMessages(viewer({ id: 1, name: 'Anna', image: 0 }), before))
  expect(page()).toEqual({ messages: [], rooms: [], next: 5_002 })
  expect(page(5_002)).toMatchObject({ messages: [{ id: 1 }], next: undefined })
  const planOf = (text: string) => database.prepare(`explain query plan ${sqliteSql(text)}`).all()
  expect(planOf(addressedSql.floor)).toMatchObject([
    { detail: 'SEARCH addressed USING COVERING INDEX addressed_user (user_id=? AND id<?)' },
  ])
  // Lazily, in the order of the index, however many there are.
  expect(planOf(addressedSql.addressed).slice(0, 3)).toMatchObject([
    { detail: 'MERGE (UNION ALL)' },
    { detail: 'LEFT' },
    { detail: 'SEARCH addressed USING INDEX addressed_user (user_id=? AND id>? AND id<?)' },
  ])
})

it('SQLite store › stores one row for a mention of everybody, however many they are', async (t) => {
  const folder = temporaryFolder(t)
  const store = openSqliteStore(folder)
  t.onTestFinished(() => store.close())
  const author = await userNamed(store, 'Anna')
  await store.rooms.create({ ...newRoom, viewer: viewer(author) })
  const others = await Promise.all(Array.from({ length: 300 }, (_, i) => userNamed(store, `Guest ${i}`)))
  await Promise.all(others.map(({ id }) => store.rooms.join(id, 'tea')))
  await store.log.append({ type: 'chat', room: 'tea', user: author, key: 'k', data: '@room', at: 1 })
  const last = others.at(-1) ?? author
  expect((await store.rooms.summary(viewer(last), 'tea'))?.mentions).toBe(1)
  const database = new DatabaseSync(join(folder, 'teahouse.db'), { readOnly: true })
  t.onTestFinished(() => database.close())
  const sql = 'select (select count(*) from addressed) as addressed, (select count(*) from mentions) as mentions'
  expect(database.prepare(sql).get()).toEqual({ addressed: 1, mentions: 0 })
})
