/** How each statement of the rules finds its rows: none of them reads a whole log, in either database. */
import { DatabaseSync } from 'node:sqlite'
import { Client } from 'pg'
import { beforeAll, expect, it, vi } from 'vitest'
import { postgresSql } from '../../src/server/store/postgres/dialect.ts'
import { openPostgresStore } from '../../src/server/store/postgres/open.ts'
import { pageSql } from '../../src/server/store/queries/pages.ts'
import { configure, migrate } from '../../src/server/store/sqlite/schema.ts'
import type { Cleanup } from '../support/server/server.ts'
import type { PostgresServer } from '../support/services/postgres.ts'

/** What grows with the messages that are written. */
const logs = [
  'entries',
  'search_index',
  'search_words',
  'reactions',
  'mentions',
  'addressed',
  'saved',
  'removed_messages',
]

/** As many rows as make a scan dearer than an index: the same in both databases. */
const rows = `
  insert into users (name, folded, image, created_at) select 'user ' || i, 'user ' || i, 1, 1 from numbers where i <= 300;
  insert into rooms (address, name, created_at, last) select 'room ' || i, 'room ' || i, 1, 500 from numbers where i <= 20;
  insert into memberships (user_id, room_id, read_to)
    select users.id, rooms.id, 1 from users cross join rooms where users.id <= 100 and rooms.address like 'room %';
  insert into entries (room_id, id, type, user_id, key, at, data, ref)
    select rooms.id, i, case when i % 10 = 0 then 'edit' else 'chat' end, 1 + i % 200, rooms.id || ' ' || i, i, 'hello ' || i,
      case when i % 10 = 0 then i - 1 end
    from rooms cross join numbers where i <= 500 and rooms.address like 'room %';
  insert into reactions (room_id, message_id, data, user_id, id)
    select room_id, id, 'x', 1 + id % 200, id from entries where id % 2 = 1;
  insert into mentions (user_id, room_id, message_id) select 1 + id % 200, room_id, id from entries where id % 2 = 1;
  insert into addressed (user_id, room_id, message_id) select 1 + id % 200, room_id, id from entries where id % 2 = 1;
  insert into audit_log (type, at, data) select 'kick', 1, '{}' from numbers where i <= 200;
  insert into removed_messages (action_id, room_id, message_id, data, at)
    select 1 + id % 200, room_id, id, '', 1 from entries where id % 2 = 1;
  insert into saved (user_id, room_id, message_id, at) select 1 + id % 200, room_id, id, 1 from entries where id % 2 = 1;`

const searchRows = `
  insert into search_index (place, words)
    select i, to_tsvector('simple', 'hello ' || i) from generate_series(1, 10000) as i;`

const numbers =
  'create temporary table numbers as with recursive n (i) as (select 1 union all select i + 1 from n where i < 500) select i from n;'

/** The tests that come before it in its file ask the statements. */
export function queryPlansOfPostgres(server: () => PostgresServer): void {
  const statements = new Set<string>()
  beforeAll(() => {
    // No spy: tests that come between spy on it too.
    const { query } = Client.prototype
    Client.prototype.query = function (this: Client, ...values: unknown[]) {
      const [first] = values as [string | { text: string }]
      if (isOfStore(this)) statements.add(typeof first === 'string' ? first : first.text)
      return Reflect.apply(query, this, values)
    }
    return () => Object.assign(Client.prototype, { query })
  })

  it('no statement reads a whole log, on PostgreSQL', async (t) => {
    const asked = [...statements].filter(isOfLog)
    expect(asked.length).toBeGreaterThan(30)
    const client = await newDatabase(server(), t)
    await client.query(`${numbers} ${rows} ${searchRows} analyze; set plan_cache_mode = force_generic_plan`)
    const found: string[] = []
    for (const text of asked) {
      await client.query(`prepare one as ${text}`)
      const { rows: types } = await client.query(
        `select parameter_types from pg_prepared_statements where name = 'one'`,
      )
      const count = String(types[0].parameter_types).replace(/[{}]/g, '').split(',').filter(Boolean).length
      const given = count ? `(${Array(count).fill('null').join(', ')})` : ''
      const { rows: plan } = await client.query(`explain execute one ${given}`)
      await client.query('deallocate one')
      const lines = plan.map((row) => row['QUERY PLAN'] as string)
      const scans = lines.filter((line) => logs.some((log) => new RegExp(`Seq Scan on ${log}\\b`).test(line)))
      if (scans.length) found.push(`${text.trim()}\n${lines.join('\n')}`)
    }
    expect(found).toEqual([])
  })
}

const pages = { after: true, newest: false, newer: true, older: true } as const

/** Once the database has counted its rows, which it does a minute after there are many. */
export function pagePlansOfPostgres(server: () => PostgresServer): void {
  it('no page of a log is sorted, on PostgreSQL', async (t) => {
    const client = await newDatabase(server(), t)
    await client.query(`${numbers} ${rows} analyze`)
    const found: string[] = []
    for (const [name, hasCursor] of Object.entries(pages)) {
      const values = hasCursor ? ['room 1', 250, 50] : ['room 1', 50]
      const text = `explain ${postgresSql(pageSql[name as keyof typeof pages])}`
      const { rows: plan } = await client.query(text, values)
      const lines = plan.map((row) => row['QUERY PLAN'] as string)
      if (lines.some((line) => line.includes('Sort'))) found.push(`${name}\n${lines.join('\n')}`)
    }
    expect(found).toEqual([])
  })
}

/** The tests that come before it in its file ask the statements. */
export function queryPlansOfSqlite(): void {
  const statements = new Set<string>()
  beforeAll(() => {
    const prepare = DatabaseSync.prototype.prepare
    const spy = vi.spyOn(DatabaseSync.prototype, 'prepare').mockImplementation(function (this: DatabaseSync, sql) {
      statements.add(sql)
      return Reflect.apply(prepare, this, [sql])
    })
    return () => spy.mockRestore()
  })

  it('no statement reads a whole log, on SQLite', () => {
    const asked = [...statements].filter(isOfLog)
    expect(asked.length).toBeGreaterThan(20)
    const database = new DatabaseSync(':memory:')
    configure(database)
    migrate(database)
    database.exec(`${numbers} ${rows} analyze;`)
    const found: string[] = []
    for (const text of asked) {
      const plan = database.prepare(`explain query plan ${text}`).all()
      const lines = plan.map(({ detail }) => String(detail))
      if (logs.some((log) => isReadWhole(log, lines))) found.push(`${text.trim()}\n${lines.join('\n')}`)
    }
    expect(found).toEqual([])
    database.close()
  })
}

/** @param lines the plan of SQLite, which calls a subquery by its alias, and the lookup of a word a scan */
function isReadWhole(log: string, lines: string[]): boolean {
  const count = (pattern: string) => lines.filter((line) => new RegExp(pattern).test(line)).length
  const ofWord = 'VIRTUAL TABLE INDEX \\d+:M'
  return count(`^SCAN ${log}\\b(?! ${ofWord})`) > count(`^(CO-ROUTINE|MATERIALIZE) ${log}$`)
}

/** With all tables, and no rows. */
async function newDatabase(server: PostgresServer, t: Cleanup): Promise<Client> {
  const url = server.newDatabase()
  await server.create(url)
  await (await openPostgresStore(url)).close()
  const client = new Client({ connectionString: url })
  await client.connect()
  t.onTestFinished(() => client.end())
  return client
}

/** Not of the tests. */
function isOfStore(client: Client): boolean {
  const { connectionParameters } = client as Client & { connectionParameters: { application_name: string | undefined } }
  return connectionParameters.application_name === 'teahouse'
}

function isOfLog(sql: string): boolean {
  return /^\s*(select|insert|update|delete|with)/i.test(sql) && logs.some((log) => sql.includes(log))
}
