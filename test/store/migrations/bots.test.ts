/** Bots of the schema before migration 22, where the image -2 told them from people, read by today's store. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it } from 'vitest'
import { openSqliteStore } from '../../../src/server/store/sqlite/open.ts'
import { temporaryFolder } from '../../support/server/server.ts'

const folder = new URL('../../../src/server/store/sqlite/migrations/', import.meta.url)
const tokenHash = new Uint8Array(32).fill(7)
const rows = `
  insert into users (id, name, folded, skeleton, image, role, created_at)
    values (1, 'Anna', 'anna', 'anna', 7, 'guest', 1), (2, 'Relay', 'relay', 'relay', -2, 'member', 1),
      (3, 'Bo', 'bo', 'bo', -1, 'guest', 1);
  insert into bots values (2, x'${Buffer.from(tokenHash).toString('hex')}', 1, 1, 1);
  insert into rooms (id, address, name, skeleton, created_at, last) values (1, 'tea', 'tea', 'tea', 1, 3);
  insert into entries (room_id, id, type, user_id, key, at, data)
    values (1, 1, 'chat', 1, 'a', 1, 'hello'), (1, 2, 'chat', 2, 'r', 1, 'news'), (1, 3, 'chat', 3, 'b', 1, 'thanks');`

describe('migration 22', () => {
  it('marks the bots and nobody else, and keeps the drawings of people', async (t) => {
    const place = temporaryFolder(t)
    const database = new DatabaseSync(join(place, 'teahouse.db'))
    for (const name of ['skeleton_of', 'folded_name', 'is_emoji']) database.function(name, (text) => text)
    const files = readdirSync(folder).sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10))
    const before = files.slice(0, files.indexOf('22-bot-mark.sql'))
    expect(before.at(-1)).toMatch(/^21-/)
    for (const file of before) database.exec(readFileSync(new URL(file, folder), 'utf8'))
    database.exec(`${rows} pragma user_version = ${before.length}`)
    database.close()
    const store = openSqliteStore(place)
    t.onTestFinished(() => store.close())
    const relay = { id: 2, name: 'Relay', image: -1, bot: true }
    expect((await store.log.messages('tea', {}, 10)).messages.map(({ user }) => user)).toEqual([
      { id: 1, name: 'Anna', image: 7 },
      relay,
      { id: 3, name: 'Bo', image: -1 },
    ])
    expect(await store.bots.find(tokenHash)).toMatchObject({ user: relay, canWrite: true })
    await expect(store.accounts.setImage(2, -2)).rejects.toThrow('constraint')
    const migrated = new DatabaseSync(join(place, 'teahouse.db'), { readOnly: true })
    expect(migrated.prepare('pragma integrity_check').get()).toEqual({ integrity_check: 'ok' })
    expect(migrated.prepare('pragma foreign_key_check').all()).toEqual([])
    migrated.close()
  })
})
