/** The list of mentions and replies, as the migration fills it from a database that had none. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it } from 'vitest'
import { openSqliteStore } from '../../../src/server/store/sqlite/open.ts'
import type { User } from '../../../src/shared/protocol/types.ts'
import { viewer } from '../../support/clients/users.ts'
import { type Cleanup, temporaryFolder } from '../../support/server/server.ts'

const folder = new URL('../../../src/server/store/sqlite/migrations/', import.meta.url)
/** The last migration before the list. */
const before = 14
const anna: User = { id: 1, name: 'Anna', image: 0 }
const bo: User = { id: 2, name: 'Bo', image: 0 }
const cai: User = { id: 3, name: 'Cai', image: 0 }

function migrateTo(database: DatabaseSync, last: number): void {
  for (const name of ['skeleton_of', 'folded_name', 'is_emoji']) database.function(name, String)
  const files = readdirSync(folder)
    .sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10))
    .filter((file) => Number.parseInt(file, 10) <= last)
  for (const file of files) database.exec(readFileSync(new URL(file, folder), 'utf8'))
  database.exec(`pragma user_version = ${files.length}`)
}

/** Three users in two public rooms, and a conversation that Anna has not accepted. */
const rows = `
  insert into users (id, name, created_at, role, folded, image) values
    (1, 'Anna', 1, 'member', 'anna', 0), (2, 'Bo', 1, 'member', 'bo', 0), (3, 'Cai', 1, 'guest', 'cai', 0);
  insert into rooms (id, address, name, kind, created_at, last, created_by, participants) values
    (1, 'lobby', 'lobby', 'public', 1, 8, null, null), (2, 'tea', 'tea', 'public', 1, 2, 2, null),
    (3, '~talk', '', 'direct', 1, 2, 3, '1 3');
  insert into memberships (user_id, room_id, read_to, is_request) values
    (1, 1, 0, 0), (2, 1, 0, 0), (3, 1, 0, 0), (1, 2, 0, 0), (2, 2, 0, 0), (1, 3, 0, 1), (3, 3, 0, 0);
  insert into entries (room_id, id, type, user_id, key, at, data, ref, deleted) values
    (1, 1, 'chat', 1, 'a1', 10, 'tea?', null, 0),
    (1, 2, 'chat', 2, 'b2', 20, 'yes', 1, 0),
    (1, 3, 'chat', 1, 'a3', 30, 'myself', 1, 0),
    (1, 4, 'chat', 2, 'b4', 40, '', 1, 1),
    (1, 5, 'chat', 2, 'b5', 50, '@Anna, both', 1, 0),
    (1, 6, 'edit', 2, 'b6', 60, 'yes, please', 2, 0),
    (1, 7, 'react', 3, 'c7', 70, '🍵', 1, 0),
    (1, 8, 'chat', 3, 'c8', 80, 'me too', 2, 0),
    (2, 1, 'chat', 1, 'a9', 25, 'here', null, 0),
    (2, 2, 'chat', 2, 'b9', 35, '@Anna', null, 0),
    (3, 1, 'chat', 1, 'a0', 1, 'from before', null, 0),
    (3, 2, 'chat', 3, 'c0', 90, 'a request', 1, 0);
  insert into mentions (user_id, room_id, message_id) values (1, 1, 5), (1, 2, 2);`

async function textsAfterMigration(t: Cleanup): Promise<(user: User) => Promise<string[]>> {
  const place = temporaryFolder(t)
  const database = new DatabaseSync(join(place, 'teahouse.db'))
  migrateTo(database, before)
  database.exec(rows)
  database.close()
  const store = openSqliteStore(place)
  t.onTestFinished(() => store.close())
  return async (user) => (await store.log.addressed(viewer(user))).messages.map(({ data }) => data)
}

describe('mentions and replies of an older database', () => {
  it('are listed by time, over all rooms, each once', async (t) => {
    const textsFor = await textsAfterMigration(t)
    expect(await textsFor(anna)).toEqual(['@Anna, both', '@Anna', 'yes, please'])
    expect(await textsFor(bo)).toEqual(['me too'])
    expect(await textsFor(cai)).toEqual([])
  })
})
