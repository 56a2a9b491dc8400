/** Ways to search for a word in texts. */
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Client } from 'pg'
import { openSqliteStore } from '../../src/server/store/sqlite/open.ts'
import { parseSearch } from '../../src/shared/search/query.ts'
import { PostgresServer } from '../../test/support/services/postgres.ts'

/** Texts are named by their place in the list. */
export interface Engine {
  add(texts: readonly string[]): Promise<void>
  /** The newest that have the word. */
  find(word: string, limit: number): Promise<number[]>
  close(): Promise<void>
}

/** As many as there are. */
export const everything = 1_000_000

export const engines: Record<string, () => Promise<Engine>> = {
  Teahouse: openTeahouse,
  'SQLite `like`': async () =>
    sqlite('create table texts (id integer primary key, data text)', {
      add: 'insert into texts values (?, ?)',
      find: `select id from texts where data like '%' || ? || '%' order by id desc limit ?`,
    }),
  'FTS5 `trigram`': async () => sqlite("create virtual table texts using fts5(data, tokenize='trigram')", fts5),
  'FTS5 `unicode61`': async () => sqlite("create virtual table texts using fts5(data, tokenize='unicode61')", fts5),
  'PostgreSQL `simple`': () =>
    postgres("create index on texts using gin (to_tsvector('simple', data))", {
      find: `select id from texts where to_tsvector('simple', data) @@ phraseto_tsquery('simple', $1)
        order by id desc limit $2`,
    }),
  'PostgreSQL `pg_trgm`': () =>
    postgres('create extension pg_trgm; create index on texts using gin (data gin_trgm_ops)', {
      find: `select id from texts where data ilike '%' || $1 || '%' order by id desc limit $2`,
    }),
}

const fts5 = {
  add: 'insert into texts (rowid, data) values (?, ?)',
  find: `select rowid as id from texts where texts match '"' || ? || '"' order by rowid desc limit ?`,
}

/** Through the store, with its rights. */
async function openTeahouse(): Promise<Engine> {
  const folder = mkdtempSync(join(tmpdir(), 'teahouse-languages-'))
  const store = openSqliteStore(folder)
  await store.rooms.open('lobby', 1)
  const user = await store.accounts.openGuest('Anna', 'anna')
  await store.rooms.join(user.id, 'lobby')
  const viewer = { user, isVerified: true, canViewPublic: true }
  return {
    async add(texts) {
      for (let i = 0; i < texts.length; i += 400) {
        const part = texts.slice(i, i + 400)
        const write = (data: string) =>
          store.log.append({ type: 'chat', room: 'lobby', user, key: randomUUID(), data, at: 1 })
        await Promise.all(part.map(write))
      }
    },
    async find(word, limit) {
      const query = parseSearch(`"${word}"`)
      const found: number[] = []
      for (let before: number | undefined = Number.MAX_SAFE_INTEGER; before !== undefined; ) {
        const page = await store.search.find(viewer, query, { limit: Math.min(limit, 1_000), before })
        found.push(...page.messages.map(({ id }) => id - 1))
        before = found.length < limit ? page.next : undefined
      }
      return found
    },
    async close() {
      await store.close()
      rmSync(folder, { recursive: true })
    },
  }
}

function sqlite(schema: string, { add, find }: { add: string; find: string }): Engine {
  const folder = mkdtempSync(join(tmpdir(), 'teahouse-languages-'))
  const database = new DatabaseSync(join(folder, 'texts.db'))
  database.exec('pragma journal_mode = wal')
  database.exec(schema)
  const finding = database.prepare(find)
  return {
    async add(texts) {
      const adding = database.prepare(add)
      database.exec('begin')
      for (const [i, text] of texts.entries()) adding.run(i, text)
      database.exec('commit')
    },
    async find(word, limit) {
      return finding.all(word, limit).map(({ id }) => Number(id))
    },
    async close() {
      database.close()
      rmSync(folder, { recursive: true })
    },
  }
}

async function postgres(schema: string, { find }: { find: string }): Promise<Engine> {
  const server = await PostgresServer.start({ isDurable: true })
  const url = server.newDatabase()
  await server.create(url)
  const first = new Client({ connectionString: url })
  await first.connect()
  // As operators have it: with the rules of Unicode for upper and lower case.
  await first.query(
    `create database texts template template0 encoding 'UTF8' locale_provider icu icu_locale 'und' locale 'C'`,
  )
  await first.end()
  const client = new Client({ connectionString: url.replace(/test_1/, 'texts') })
  await client.connect()
  await client.query('create table texts (id bigint primary key, data text)')
  await client.query(schema)
  return {
    async add(texts) {
      await client.query(
        'insert into texts select place - 1, data from unnest($1::text[]) with ordinality as new (data, place)',
        [texts],
      )
      await client.query('vacuum analyze texts')
    },
    async find(word, limit) {
      const { rows } = await client.query({ name: 'find', text: find, values: [word, limit] })
      return rows.map(({ id }) => Number(id))
    },
    async close() {
      await client.end()
      await server.stop()
    },
  }
}
