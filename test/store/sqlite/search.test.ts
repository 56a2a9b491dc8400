import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it } from 'vitest'
import { backlogSql } from '../../../src/server/store/search/backlog.ts'
import { facets } from '../../../src/server/store/search/facets.ts'
import { foundTextSql } from '../../../src/server/store/search/found-texts.ts'
import { indexSql } from '../../../src/server/store/search/index.ts'
import { type Located, locate } from '../../../src/server/store/search/places.ts'
import { scopeSql } from '../../../src/server/store/search/scope.ts'
import { searchSql } from '../../../src/server/store/search/search.ts'
import { textSql } from '../../../src/server/store/search/texts.ts'
import { sqliteSql } from '../../../src/server/store/sqlite/dialect.ts'
import { openSqliteStore } from '../../../src/server/store/sqlite/open.ts'
import { statementRunner } from '../../../src/server/store/sqlite/statements.ts'
import { parseSearch } from '../../../src/shared/search/query.ts'
import { userNamed, viewer } from '../../support/clients/users.ts'
import { den, tea } from '../../support/server/populate.ts'
import type { Cleanup } from '../../support/server/server.ts'
import { sqliteBackend } from '../backends.ts'
import { searchContract } from '../contract/messages/search.ts'
import { searchRightsContract } from '../contract/messages/search-rights.ts'
import { StoreFixture } from '../fixture.ts'
import { queryPlansOfSqlite } from '../query-plans.ts'
import { backendIn, compareStories, wordsIn } from '../search-rights.ts'

const migrations = ['26-search.sql', '35-search-chunks.sql'].map(
  (file) => new URL(`../../../src/server/store/sqlite/migrations/${file}`, import.meta.url),
)

/** Takes back the second one. */
const withoutPlaces = `
  drop table search_chunks; drop index entries_place;`

searchContract(sqliteBackend)
searchRightsContract(sqliteBackend)
// After the contract, which asks the statements.
queryPlansOfSqlite()

/** With its folder. */
async function openFixture(t: Cleanup): Promise<{ fixture: StoreFixture; folder: string }> {
  let folder = ''
  const backend = backendIn((made) => {
    folder = made
  })
  return { fixture: await StoreFixture.open(t, backend), folder }
}

describe('SQLite store, search', () => {
  it('has exactly the words of the messages in its index, whatever has happened', async () => {
    expect(await compareStories(6)).toBeGreaterThanOrEqual(600)
  })

  // An index that gives back more words than it has is malformed from then on, and those of earlier versions have each once.
  it('takes out each word once, however often the message has it', async (t) => {
    const { fixture, folder } = await openFixture(t)
    const { entry } = await fixture.write(fixture.bo, tea, { data: 'Tea, tea and TEA' })
    const database = new DatabaseSync(join(folder, 'teahouse.db'))
    t.onTestFinished(() => database.close())
    const stored = database.prepare('select place, room_id, user_id from entries where place is not null').get()
    const { place, room_id: room, user_id: user } = stored as Record<'place' | 'room_id' | 'user_id', number>
    database.exec(`insert into search_index (search_index) values ('delete-all')`)
    database
      .prepare('insert into search_index (rowid, words) values (?, ?)')
      .run(place, `tea and ${facets.room(room)} ${facets.user(user)}`)
    await fixture.write(fixture.bo, tea, { type: 'delete', ref: entry.id })
    await fixture.write(fixture.bo, tea, { data: 'tea of others' })
    const { messages } = await fixture.store.search.find(viewer(fixture.cai), parseSearch('tea'), { limit: 10 })
    expect(messages.map(({ data }) => data)).toEqual(['tea of others'])
    database.exec(`insert into search_index (search_index) values ('integrity-check')`)
  })

  it('keeps nothing of a message that fails alone among others', async (t) => {
    const { fixture, folder } = await openFixture(t)
    const database = new DatabaseSync(join(folder, 'teahouse.db'))
    database.exec(`create trigger failing before insert on entries when new.data like '%broken%'
      begin select raise(abort, 'It is broken.'); end`)
    database.exec(`create trigger failing_late after insert on addressed
      begin select raise(abort, 'It is broken late.'); end`)
    database.close()
    const said = ['tea', 'tea broken', 'green tea', 'tea @Anna', 'teapot', 'broken', 'tea again']
    const written = await Promise.allSettled(said.map((data) => fixture.write(fixture.bo, tea, { data })))
    expect(written.map(({ status }) => status === 'fulfilled')).toEqual([true, false, true, false, true, false, true])
    const { indexed, expected } = wordsIn(folder)
    expect(indexed).toEqual(expected)
    expect(indexed.filter((word) => word.startsWith('tea '))).toHaveLength(3)
    const { messages } = await fixture.store.search.find(viewer(fixture.cai), parseSearch('te*'), { limit: 10 })
    expect(messages.map(({ data }) => data)).toEqual(['tea again', 'teapot', 'green tea', 'tea'])
  })

  it('goes on after an index row without a message', async (t) => {
    const { fixture, folder } = await openFixture(t)
    // All rooms are looked through for those of a user who is in more than a few.
    const { rooms } = fixture.store
    for (const address of ['a', 'b', 'c', 'd']) await rooms.open(address, 1, fixture.eve)
    await fixture.write(fixture.eve, 'a', { data: 'tea of mine' })
    const write = (_: unknown, i: number) => fixture.write(fixture.anna, den, { data: `tea ${i}` })
    await Promise.all(Array.from({ length: 300 }, write))
    const database = new DatabaseSync(join(folder, 'teahouse.db'))
    const { place } = database.prepare('select max(place) as place from entries').get() as { place: number }
    database.prepare('insert into search_index (rowid, words) values (?, ?)').run(place + 1, 'tea')
    database.close()
    const { messages } = await fixture.store.search.find(viewer(fixture.eve), parseSearch('tea'), { limit: 50 })
    expect(messages.map(({ data }) => data)).toEqual(['tea of mine'])
  })

  it('finds messages whose numbers are too large for the table of places', async (t) => {
    const { fixture, folder } = await openFixture(t)
    const written: string[] = []
    const write = async (room: string, data: string, times = 1) => {
      for (let i = 0; i < times; i++) await fixture.write(fixture.anna, room, { data })
      written.unshift(...Array(times).fill(data))
    }
    await write(tea, 'tea before')
    const database = new DatabaseSync(join(folder, 'teahouse.db'))
    t.onTestFinished(() => database.close())
    database.prepare('update rooms set last = ? where address = ?').run(0xff_ff_ff - 1, tea)
    await write(tea, 'the last that fits, tea')
    await write(tea, 'too large, tea')
    await write('lobby', 'tea elsewhere')
    database.exec(`insert into rooms (id, address, name, created_at) values (${0x1_00_00 - 2}, 'filler', 'filler', 1)`)
    for (const address of ['fits', 'large']) await fixture.store.rooms.open(address, 1, fixture.anna)
    await write('fits', 'tea in the last room that fits')
    await write('large', 'tea in a room too large', 300)
    const found: string[] = []
    for (let before: number | undefined; ; ) {
      const page = await fixture.store.search.find(viewer(fixture.anna), parseSearch('tea'), { limit: 100, before })
      found.push(...page.messages.map(({ data }) => data))
      before = page.next
      if (before === undefined) break
    }
    expect(found).toEqual(written)
    const slots = database.prepare('select chunk, last, messages from search_chunks order by chunk').all()
    expect(slots.map(({ chunk, last }) => [chunk, last])).toEqual([
      [0, 255],
      [1, 305],
    ])
    const [first] = slots.map(({ messages }) => Buffer.from(messages as Uint8Array).toString('hex', 5, 35))
    expect(first).toMatch(/^.{4}000001.{4}ffffff0000000000.{4}000001ffff0000010000000000$/)
  })

  /** What is located at places, and what should be. */
  function locatedIn(database: DatabaseSync, places: readonly number[]) {
    const stored = database.prepare('select place, room_id as "roomId", id from entries where place is not null').all()
    const located = statementRunner(database)(locate(places)).values()
    const byPlace = (rows: Iterable<unknown>) =>
      [...(rows as Iterable<Located>)].map((row) => ({ ...row })).sort((a, b) => a.place - b.place)
    return { located: byPlace(located), stored: byPlace(stored) }
  }

  it('locates messages whatever is asked for beside them', async (t) => {
    const { fixture, folder } = await openFixture(t)
    for (let i = 0; i < 3; i++) await fixture.write(fixture.anna, tea, { data: 'tea' })
    const database = new DatabaseSync(join(folder, 'teahouse.db'))
    t.onTestFinished(() => database.close())
    const newest = Number(database.prepare('select max(place) as place from entries').get()?.place)
    // Beyond the newest, and in a chunk that is not there.
    const { located, stored } = locatedIn(database, [newest + 300, newest + 1, newest, newest - 1, newest - 2])
    expect(located).toEqual(stored)
    expect(located).toHaveLength(3)
  })

  it('puts the places that messages have into their table when that comes', async (t) => {
    const { fixture, folder } = await openFixture(t)
    const write = (_: unknown, i: number) => fixture.write(fixture.anna, i % 3 ? tea : den, { data: 'tea' })
    await Promise.all(Array.from({ length: 200 }, write))
    const database = new DatabaseSync(join(folder, 'teahouse.db'))
    t.onTestFinished(() => database.close())
    database.prepare('update rooms set last = ? where address = ?').run(0xff_ff_ff, tea)
    await Promise.all(Array.from({ length: 100 }, write))
    database.exec(`
      update entries set place = null where place in (1, 100, 256);
      insert into file_texts (place, file_id, parts, characters) values (16 * 400, 'of a deleted room', 0, 0);
      ${withoutPlaces}
      create unique index entries_place on entries (place) where place is not null`)
    database.exec(readFileSync(migrations[1] as URL, 'utf8'))
    const { located, stored } = locatedIn(
      database,
      Array.from({ length: 512 }, (_, i) => i),
    )
    expect(located).toEqual(stored)
    expect(located).toHaveLength(297)
    database.exec('delete from file_texts')
    await fixture.write(fixture.anna, tea, { data: 'next' })
    expect(database.prepare('select max(place) as place from entries').get()).toEqual({ place: 401 })
  })

  it('uses an index for whatever it reads', (t) => {
    const folder = sqliteBackend.place(t)
    void openSqliteStore(folder).close()
    const database = new DatabaseSync(join(folder, 'teahouse.db'))
    const queries = {
      ...backlogSql,
      ...indexSql,
      ...scopeSql,
      ...searchSql,
      ...textSql,
      ...foundTextSql,
      search: '{search}',
      locate: '{locate}',
      lastPlace: '{last place}',
      timesAfter: '{times after}',
    }
    for (const [name, text] of Object.entries(queries)) {
      const plan = database.prepare(`explain query plan ${sqliteSql(text)}`).all()
      const scans = plan.map(({ detail }) => String(detail)).filter((step) => /^SCAN|TEMP B-TREE/.test(step))
      // The places that are asked for, the index itself, and one row.
      const known =
        /VIRTUAL TABLE INDEX|SCAN (asked|chosen|found|search_state|CONSTANT|search_backlog|rooms USING COVERING INDEX rooms_public|file_texts USING COVERING INDEX file_texts_removed|files USING (COVERING )?INDEX files_text_waits)/
      expect(
        scans.filter((step) => !known.test(step)),
        `${name}: ${JSON.stringify(plan)}`,
      ).toEqual([])
    }
    database.close()
  })

  describe('of messages of the time before the index', () => {
    /** As the update leaves data of an older version: without places, and with an empty index. */
    function asBefore(folder: string): void {
      const database = new DatabaseSync(join(folder, 'teahouse.db'))
      database.exec(`
        drop table search_index; drop table search_backlog; drop table search_state;
        ${withoutPlaces} alter table entries drop column place`)
      // Its own migrations alone, whichever came between and after them.
      for (const migration of migrations) database.exec(readFileSync(migration, 'utf8'))
      database.close()
    }

    async function texts({ store }: StoreFixture, query: string): Promise<string[]> {
      const { messages } = await store.search.find(viewer(await userNamed(store, 'Cai')), parseSearch(query), {
        limit: 1_000,
      })
      return messages.map(({ data }) => data)
    }

    it('indexes them piece by piece, the newest first, however often it is interrupted', async (t) => {
      const { fixture, folder } = await openFixture(t)
      const { bo } = fixture
      const rooms = [tea, 'lobby', 'tea 2']
      await fixture.store.rooms.open('tea 2', 1)
      const written: string[] = []
      for (let i = 0; i < 240; i++) {
        const data = `cup ${i}`
        await fixture.write(bo, rooms[i % 3] ?? tea, { data }, { at: 1_000 + i })
        written.unshift(data)
      }
      await fixture.write(bo, tea, { type: 'edit', ref: 1, data: 'cup 0' })
      await fixture.write(bo, tea, { type: 'delete', ref: 2 })
      const { action = 0 } = await fixture.write(fixture.anna, tea, { type: 'delete', ref: 3 })
      await fixture.reopen(() => asBefore(folder))
      const { store } = fixture
      expect(await store.search.progress()).toMatchObject({ total: 240, left: 240 })
      expect(await texts(fixture, 'cup')).toEqual([])
      expect(await store.search.indexOlder()).toMatchObject({ total: 240, left: 140 })
      const newest = await store.search.find(viewer(fixture.cai), parseSearch('cup'), { limit: 1_000 })
      expect(newest.messages.map(({ data }) => data)).toEqual(written.slice(0, 100))
      expect(newest.isIncomplete).toBe(true)
      expect(await texts(fixture, 'cup before:1970-01-02')).toEqual(written.slice(0, 100))
      expect(await texts(fixture, 'cup after:1970-01-02')).toEqual([])
      // Whatever happens meanwhile to messages on either side.
      await fixture.write(bo, tea, { data: 'cup of today' })
      await fixture.write(bo, 'lobby', { type: 'edit', ref: 80, data: 'cup edited' })
      await fixture.write(bo, 'lobby', { type: 'edit', ref: 5, data: 'cup edited early' })
      await fixture.write(bo, 'lobby', { type: 'delete', ref: 79 })
      await fixture.write(bo, 'lobby', { type: 'delete', ref: 6 })
      await fixture.pieces((await fixture.undo(fixture.anna, action)).action ?? 0)
      await fixture.reopen()
      expect(await fixture.store.search.indexOlder()).toMatchObject({ total: 240, left: 40 })
      expect(await fixture.store.search.indexOlder()).toMatchObject({ total: 240, left: 0 })
      expect(await fixture.store.search.indexOlder()).toMatchObject({ total: 240, left: 0 })
      const gone = ['cup 3', 'cup 16', 'cup 235']
      const edited = new Map([
        ['cup 238', 'cup edited'],
        ['cup 13', 'cup edited early'],
      ])
      const expected = written.filter((data) => !gone.includes(data)).map((data) => edited.get(data) ?? data)
      expect(await texts(fixture, 'cup')).toEqual(['cup of today', ...expected])
      expect(await texts(fixture, 'cup before:1970-01-02')).toEqual(expected)
      expect(await texts(fixture, 'cup after:1970-01-02')).toEqual(['cup of today'])
      const page = await fixture.store.search.find(viewer(fixture.cai), parseSearch('cup'), { limit: 1 })
      expect(page.isIncomplete).toBe(false)
      const { indexed, expected: words } = wordsIn(folder)
      expect(indexed).toEqual(words)
    })

    it('has nothing more to do for a room that is deleted meanwhile', async (t) => {
      const { fixture, folder } = await openFixture(t)
      const secret = randomUUID()
      for (let i = 0; i < 150; i++) await fixture.write(fixture.bo, tea, { data: `${secret} ${i}` })
      await fixture.reopen(() => asBefore(folder))
      await fixture.store.search.indexOlder()
      await fixture.pieces(await fixture.moderateForId(fixture.ada, { type: 'delete-room', room: tea }))
      await fixture.store.search.indexOlder()
      expect(await fixture.store.search.progress()).toMatchObject({ total: 150, left: 0 })
      expect(wordsIn(folder)).toEqual({ indexed: [], expected: [] })
    })
  })
})
