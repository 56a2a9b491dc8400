/** Data of the first schema, as the first version wrote it, read by today's store. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import { describe, expect, it } from 'vitest'
import { confusableSkeleton } from '../../../src/server/auth/confusables.ts'
import { openSqliteStore } from '../../../src/server/store/sqlite/open.ts'
import { provesBy, viewer } from '../../support/clients/users.ts'
import { type Cleanup, temporaryFolder } from '../../support/server/server.ts'

const first = new URL('../../../src/server/store/sqlite/migrations/1-first.sql', import.meta.url)
const [anna, bo] = [
  { id: 1, name: 'Anna', image: 0 },
  { id: 2, name: 'Bo', image: 1 },
]
const hashes = [1, 2, 3].map((n) => new Uint8Array(32).fill(n))
const tables = {
  meta: '*',
  entries: 'room_id, id, type, user_id, key, at, data, ref, is_on',
  reactions: '*',
}

/** Rows in the order of the table's columns. */
const rows: Record<string, SQLInputValue[][]> = {
  users: [
    [1, 'Anna', 0, 1_000],
    [2, 'Bo', 1, 1_001],
    [3, 'Has been nowhere', 2, 1_002],
    [4, 'ANNA', 3, 1_003],
  ],
  sessions: [
    [1, hashes[0] as Uint8Array, 1, 2_000],
    [2, hashes[1] as Uint8Array, 2, 2_001],
    [3, hashes[2] as Uint8Array, 1, 2_002],
    [4, new Uint8Array(32).fill(4), 4, 2_003],
  ],
  rooms: [
    [1, 'lobby', 'Tea for everybody', 7, 3_007, 1_000],
    [2, '茶馆', '', 1, 3_100, 1_500],
    [3, '~an old name', '', 0, 0, 1_600],
  ],
  entries: [
    [1, 1, 'chat', 1, 'a1', 3_001, 'hello', null, null],
    [1, 2, 'chat', 2, 'b1', 3_002, 'hallo @Anna', 1, null],
    [1, 3, 'edit', 2, 'b2', 3_003, 'hello, @Anna', 2, null],
    [1, 4, 'react', 1, 'a2', 3_004, '🍵', 2, 1],
    [1, 5, 'chat', 1, 'a3', 3_005, '', null, null],
    [1, 6, 'delete', 1, 'a4', 3_006, '', 5, null],
    [1, 7, 'room', 1, 'a5', 3_007, '{"topic":"Tea for everybody"}', null, null],
    [2, 1, 'chat', 2, 'b3', 3_100, '@Anna 你好', null, null],
  ],
  reactions: [[1, 2, '🍵', 1, 4]],
  reads: [
    [1, 1, 2],
    [1, 2, 0],
    [2, 1, 7],
  ],
}

function write(database: DatabaseSync): void {
  database.exec(readFileSync(first, 'utf8'))
  for (const [table, values] of Object.entries(rows)) {
    for (const row of values) {
      database.prepare(`insert into ${table} values (${row.map(() => '?').join()})`).run(...row)
    }
  }
  database.exec('pragma user_version = 1')
}

const contents = (database: DatabaseSync) =>
  Object.fromEntries(
    Object.entries(tables).map(([table, columns]) => [
      table,
      database.prepare(`select ${columns} from ${table}`).all(),
    ]),
  )

/** A folder with such data, opened by today's store. */
function migrated(t: Cleanup, more: (database: DatabaseSync) => void = () => {}) {
  const folder = temporaryFolder(t)
  const database = new DatabaseSync(join(folder, 'teahouse.db'))
  write(database)
  more(database)
  const before = contents(database)
  database.close()
  const store = openSqliteStore(folder)
  t.onTestFinished(() => store.close())
  return { folder, store, before }
}

describe('data of the first schema', () => {
  it('keep their log byte by byte, and their name', (t) => {
    const { folder, store, before } = migrated(t)
    expect(before.entries).toHaveLength(8)
    const database = new DatabaseSync(join(folder, 'teahouse.db'), { readOnly: true })
    expect(contents(database)).toEqual(before)
    expect(database.prepare('pragma integrity_check').get()).toEqual({ integrity_check: 'ok' })
    expect(database.prepare('pragma foreign_key_check').all()).toEqual([])
    database.close()
    expect(before.meta).toContainEqual({ key: 'epoch', value: store.epoch })
  })
  it('read the same after migration', async (t) => {
    const { store } = migrated(t)
    expect((await store.log.messages('lobby', {}, 10)).messages).toEqual([
      { id: 1, room: 'lobby', type: 'chat', user: anna, at: 3_001, data: 'hello' },
      {
        id: 2,
        room: 'lobby',
        type: 'chat',
        user: bo,
        at: 3_002,
        data: 'hello, @Anna',
        reply: 1,
        edited: 3_003,
        mentions: [{ id: 1, name: 'Anna' }],
        reactions: { '🍵': [1] },
      },
      { id: 5, room: 'lobby', type: 'chat', user: anna, at: 3_005, data: '', deleted: true },
    ])
    expect((await store.log.entriesAfter('茶馆', 0, 10)).map(({ id }) => id)).toEqual([1])
  })
  it('have their rooms as public rooms, with their read marks', async (t) => {
    const { store } = migrated(t)
    expect(await store.rooms.list(viewer(anna))).toEqual([
      { room: 'lobby', name: 'lobby', topic: 'Tea for everybody', last: 7, read: 2, unread: 0, mentions: 0 },
      { room: '茶馆', name: '茶馆', topic: '', last: 1, read: 0, unread: 1, mentions: 1 },
      { room: '~an old name', name: '~an old name', topic: '', last: 0, read: 0, unread: 0, mentions: 0 },
    ])
    expect(await store.rooms.readMark(anna, 'lobby')).toBe(2)
    expect(await store.rooms.readMark(bo, 'lobby')).toBe(7)
    expect(await store.rooms.readMark(bo, '茶馆')).toBeUndefined()
    expect(await store.rooms.membership(bo.id, 'lobby')).toMatchObject({
      isIn: true,
      role: 'member',
      serverRole: 'guest',
    })
    expect(await store.rooms.membership(bo.id, '茶馆')).toMatchObject({ isIn: false, role: 'member' })
  })
  it('keep those reactions that are a single emoji (SECURITY-REVIEW 12)', async (t) => {
    const { store } = migrated(t, (database) => {
      const data = 'you are scum'
      database.prepare(`insert into entries values (1, 8, 'react', 2, 'b9', 1, ?, 2, 1)`).run(data)
      database.prepare('insert into reactions values (1, 2, ?, 2, 8)').run(data)
      database.exec('update rooms set last = 8 where id = 1')
    })
    const { messages } = await store.log.messages('lobby', {}, 10)
    expect(messages.find(({ id }) => id === 2)?.reactions).toEqual({ '🍵': [1] })
    expect(await store.log.entriesAfter('lobby', 7, 1)).toMatchObject([{ id: 8, type: 'react', data: '' }])
  })
  it('keep @room as the text that it was', async (t) => {
    const { store } = migrated(t, (database) => {
      database.exec(`insert into entries values (2, 2, 'chat', 2, 'b9', 3101, '@room and @Anna', null, null)`)
      database.exec('update rooms set last = 2 where id = 2')
    })
    const [, message] = (await store.log.messages('茶馆', {}, 10)).messages
    expect(message).toMatchObject({ data: '@room and @Anna', mentions: [{ id: 1, name: 'Anna' }] })
  })
  it('have the current mentions of their newest messages, and mark deleted messages (FAULTS 5)', async (t) => {
    const [room, many] = ['~an old name', 1_000]
    const { folder, store } = migrated(t, (database) => {
      const add = database.prepare(
        'insert into entries (room_id, id, type, user_id, key, at, data, ref) values (3, ?, ?, 2, ?, 1, ?, ?)',
      )
      for (let id = 1; id <= many; id++) add.run(id, 'chat', `many ${id}`, id === 1 ? '@Anna' : 'hello', null)
      const newest = [
        ['chat', '@Anna', null],
        ['edit', 'no, not her', many + 1],
        ['chat', 'hello', null],
        ['edit', 'hello @Anna and @Bo', many + 3],
        ['chat', '`@Anna`', null],
        ['chat', '', null],
        ['delete', '', many + 6],
      ] as const
      for (const [i, [type, data, ref]] of newest.entries()) add.run(many + i + 1, type, `newest ${i}`, data, ref)
      database.exec(`update rooms set last = ${many + 7} where id = 3; insert into reads values (1, 3, 0), (2, 3, 0)`)
    })
    const { messages } = await store.log.messages(room, {}, many + 7)
    expect(messages.filter(({ mentions }) => mentions)).toMatchObject([
      { id: many + 3, mentions: [anna, bo].map(({ id, name }) => ({ id, name })) },
    ])
    expect(await store.rooms.summary(viewer(anna), room)).toMatchObject({ unread: 1_000, mentions: 1 })
    expect(await store.rooms.summary(viewer(bo), room)).toMatchObject({ unread: 0, mentions: 0 })
    const database = new DatabaseSync(join(folder, 'teahouse.db'), { readOnly: true })
    expect(database.prepare('select room_id, id from entries where deleted order by room_id').all()).toEqual([
      { room_id: 1, id: 5 },
      { room_id: 3, id: many + 6 },
    ])
    database.close()
  })
  it('have a new address for rooms without a reachable one, and keep their names (FAULTS 7)', async (t) => {
    const names = ['.', '..', '../b', 'a/..', 'a/./b', '...', '.a', 'a.', 'a/.b', '%2e']
    const { store } = migrated(t, (database) => {
      for (const [i, name] of names.entries()) {
        database.prepare(`insert into rooms values (?, ?, '', 0, 0, 1)`).run(10 + i, name)
      }
      database.exec(`insert into entries values (10, 1, 'chat', 1, 'dot', 1, 'in the room called dot', null, null)`)
      database.exec('update rooms set last = 1 where id = 10')
    })
    const rooms = (await store.rooms.list(viewer(anna))).filter(({ name }) => names.includes(name))
    expect(rooms.map(({ name }) => name).sort()).toEqual(names.toSorted())
    const moved = rooms.filter(({ room, name }) => room !== name)
    expect(moved.map(({ name }) => name).sort()).toEqual(['.', '..', '../b', 'a/..', 'a/./b'].sort())
    for (const { room } of moved) expect(room).toMatch(/^room-1\d-[0-9a-f]{8}$/)
    const dot = rooms.find(({ name }) => name === '.')?.room ?? ''
    expect((await store.log.messages(dot, {}, 10)).messages).toMatchObject([{ data: 'in the room called dot' }])
    expect(await store.rooms.membership(anna.id, '.')).toBeUndefined()
  })
  it('keep public rooms with confusable names, and refuse further ones (SECURITY-REVIEW 7)', async (t) => {
    const alike = ['Lobby', 'l\u043ebby', 'LOBBY']
    const { store } = migrated(t, (database) => {
      for (const [i, name] of alike.entries()) {
        database.prepare(`insert into rooms values (?, ?, '', 0, 0, 1)`).run(10 + i, name)
      }
    })
    const names = (await store.rooms.list(viewer(anna))).map(({ name }) => name)
    expect(names).toEqual(expect.arrayContaining(['lobby', ...alike]))
    for (const name of alike) expect(await store.rooms.open(name, 9), 'it is opened as before').toBe(0)
    for (const name of ['lObby', 'lobb\u0443']) {
      await expect(store.rooms.open(name, 9)).rejects.toMatchObject({ code: 'name-taken' })
    }
    const changed = {
      room: 'Lobby',
      user: anna,
      key: 'renamed',
      type: 'room',
      data: { name: '茶馆 2' },
      at: 9,
    } as const
    expect((await store.log.append(changed)).isNew).toBe(true)
  })
  it('keep their sessions as just seen, the oldest of each user verified', async (t) => {
    const before = Date.now() - 1_000
    const { store } = migrated(t)
    const found = await Promise.all(hashes.map((hash) => store.sessions.find(hash)))
    const seenAt = found[0]?.seenAt ?? 0
    expect(seenAt).toBeGreaterThan(before)
    expect(found).toEqual([
      { id: 1, user: anna, role: 'guest', isVerified: true, startedAt: 2_000, seenAt },
      { id: 2, user: bo, role: 'guest', isVerified: true, startedAt: 2_001, seenAt },
      { id: 3, user: anna, role: 'guest', isVerified: false, startedAt: 2_002, seenAt },
    ])
  })
  it('continue their ids after migration', async (t) => {
    const { store } = migrated(t)
    const chat = { type: 'chat', room: 'lobby', user: anna, key: 'a1', data: 'hello', at: 9_000 } as const
    expect(await store.log.append(chat)).toMatchObject({ isNew: false, entry: { id: 1 } })
    expect(await store.log.append({ ...chat, key: 'new' })).toMatchObject({ isNew: true, entry: { id: 8 } })
    expect(await store.accounts.openGuest('Anna', 'anna')).toEqual(anna)
    expect(await provesBy(store, 'Anna')).toBe(false)
    expect((await store.accounts.openGuest('Li', 'li')).id).toBe(5)
    const ended = await store.accounts.setPassword({
      userId: anna.id,
      skeleton: confusableSkeleton('Anna'),
      hash: 'hash',
    })
    expect(ended.map(({ user }) => user.name).sort(), 'those who look like her have to go').toEqual([
      'ANNA',
      'Anna',
      'Anna',
    ])
    expect(await store.accounts.get(anna.id)).toMatchObject({ role: 'member' })
    await expect(store.accounts.openGuest('ANNA', confusableSkeleton('ANNA'))).rejects.toMatchObject({
      code: 'name-taken',
    })
  })
})
