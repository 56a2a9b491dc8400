/** Data of the schema before migration 10, read by today's store. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it } from 'vitest'
import { openSqliteStore } from '../../../src/server/store/sqlite/open.ts'
import { forever } from '../../../src/shared/durations.ts'
import { provesBy, viewer } from '../../support/clients/users.ts'
import { type Cleanup, temporaryFolder } from '../../support/server/server.ts'

const folder = new URL('../../../src/server/store/sqlite/migrations/', import.meta.url)
const [owen, bo, cai] = ['Owen', 'Bo', 'Cai'].map((name, i) => ({ id: i + 1, name, image: 0 }))
const tokenHash = new Uint8Array(32).fill(7)
const lifted = [{ range: '203.0.113.0/24', until: forever, action: 1 }]

const rows = `
  insert into users (id, name, folded, skeleton, image, created_at, role)
    values (1, 'Owen', 'owen', 'Owen', 0, 1, 'owner'), (2, 'Bo', 'bo', 'Bo', 0, 1, 'guest'), (3, 'Cai', 'cai', 'Cai', 0, 1, 'guest'),
      (4, 'ΟΔΥΣΣΕΥΣ', 'οδυσσευς', 'x', 0, 1, 'guest');
  insert into rooms (id, address, name, skeleton, created_at, last) values (1, 'tea', 'tea', 'tea', 1, 6);
  insert into rooms (id, address, name, created_at, kind, people) values (2, '~ours', '', 1, 'direct', '1,2');
  insert into memberships (user_id, room_id, read_to, is_in) values (1, 1, 6, 1), (2, 1, 0, 1), (3, 1, 0, 0);
  insert into entries (room_id, id, type, user_id, key, at, data, ref, deleted) values
    (1, 1, 'chat', 2, 'b1', 1, '', null, 1), (1, 2, 'edit', 2, 'b2', 1, '', 1, 0), (1, 3, 'delete', 1, 'o1', 1, '', 1, 0),
    (1, 4, 'chat', 2, 'b3', 1, 'still here', null, 0), (1, 5, 'chat', 2, 'b4', 1, '', null, 1),
    (1, 6, 'delete', 2, 'b5', 1, '', 5, 0);
  insert into acts (id, type, at, by_id, key, asked, user_id, room_id, data) values
    (1, 'ban', 1, 1, 'k1', '', 2, null, '{"until":${forever},"before":null,"ranges":["203.0.113.0/24"]}'),
    (2, 'delete', 1, 1, 'o1', '', 2, 1, '{"message":1}'),
    (3, 'ban-range', 1, 1, 'k3', 'lift it', null, null, '${JSON.stringify({ range: lifted[0]?.range, until: 0, before: lifted })}'),
    (6, 'undo', 1, 1, 'k6', '{"type":"undo","act":7}', 2, null, '{"act":7}'),
    (4, 'kick', 1, 1, 'k4', '', 3, 1, '{"before":{"isIn":1,"isInvited":0,"role":"moderator"}}'),
    (5, 'purge', 1, 1, 'k5', '', 2, null, '{}');
  insert into banned_ranges (range, until, act_id) values ('198.51.100.0/24', ${forever}, 1);
  insert into removed (act_id, room_id, id, data, at) values (2, 1, 1, 'what Bo wrote', ${Date.now()});
  insert into links (token_hash, type, room_id, uses_left, expires_at, made_by, made_at)
    values (zeroblob(32), 'invite', 1, 3, ${forever}, 1, 1);
  insert into sessions (id, token_hash, user_id, started_at, seen_at, is_proven) values (7, x'${Buffer.from(tokenHash).toString('hex')}', 2, 1, 2, 1);
  insert into sessions (id, token_hash, user_id, started_at, seen_at, is_proven)
    values (5, zeroblob(32), 2, 1, 9, 0), (6, x'${'01'.repeat(32)}', 3, 1, 9, 0);
  insert into meta values ('act 5', 'b1');
  pragma user_version = 8;`

function open(t: Cleanup) {
  const place = temporaryFolder(t)
  const database = new DatabaseSync(join(place, 'teahouse.db'))
  for (const name of ['skeleton_of', 'folded_name', 'is_emoji']) database.function(name, (text) => text)
  const files = readdirSync(folder).sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10))
  const before = files.slice(0, files.indexOf('10-names.sql'))
  expect(before).toHaveLength(8)
  for (const file of before) database.exec(readFileSync(new URL(file, folder), 'utf8'))
  database.exec(rows)
  database.close()
  const store = openSqliteStore(place)
  t.onTestFinished(() => store.close())
  return { place, store, moderation: store.moderation, by: { viewer: viewer(owen as never), at: Date.now() } }
}

describe('migration 10', () => {
  it('leaves a sound database without references to missing rows', (t) => {
    const { place } = open(t)
    const database = new DatabaseSync(join(place, 'teahouse.db'), { readOnly: true })
    expect(database.prepare('pragma integrity_check').get()).toEqual({ integrity_check: 'ok' })
    expect(database.prepare('pragma foreign_key_check').all()).toEqual([])
    expect(database.prepare(`select key from meta where key <> 'epoch'`).all()).toEqual([])
    database.close()
  })
  it('keeps the sessions, and never gives the number of one that has ended to another', async (t) => {
    const { store } = open(t)
    const old = await store.sessions.find(tokenHash)
    expect(old).toEqual({ id: 7, user: bo, role: 'guest', isVerified: true, startedAt: 1, seenAt: 2 })
    await store.sessions.end({ id: 7, user: bo as never })
    const { session } = await store.sessions.start({ tokenHash, user: cai as never, at: 1 })
    expect(session.id).toBeGreaterThan(7)
  })
  it('takes the time at which users were last seen from verified sessions alone', (t) => {
    const { place } = open(t)
    const database = new DatabaseSync(join(place, 'teahouse.db'), { readOnly: true })
    expect(database.prepare('select name, last_seen_at as at from users where id in (2, 3)').all()).toEqual([
      { name: 'Bo', at: 2 },
      { name: 'Cai', at: 0 },
    ])
    database.close()
  })
  it('keeps the audit log and the keys of its actions', async (t) => {
    const { moderation, by } = open(t)
    const records = await moderation.auditLog(by.viewer, {}, 10)
    expect(records.map(({ id, type }) => [id, type])).toEqual([
      [6, 'undo'],
      [5, 'purge'],
      [4, 'kick'],
      [3, 'ban-range'],
      [2, 'delete'],
      [1, 'ban'],
    ])
    const again = {
      type: 'ban-range',
      range: '203.0.113.0/24',
      until: 0,
      key: 'k3',
      request: 'lift it',
      ...by,
    } as const
    expect(await moderation.moderate(again)).toMatchObject({ action: 3, isNew: false })
    const undo = { type: 'undo', action: 7, key: 'k6', ...by } as const
    const request = JSON.stringify({ type: 'undo', action: 7 })
    expect(await moderation.moderate({ ...undo, request })).toMatchObject({ action: 6, isNew: false })
    await expect(moderation.moderate({ ...again, request: 'something else' })).rejects.toMatchObject({
      code: 'bad-field',
    })
  })
  it('lifts an address ban with the ban of its user, and bans a lifted address again', async (t) => {
    const { moderation, by } = open(t)
    const ranges = async () => (await moderation.bannedRanges(0)).map(({ range }) => range)
    expect(await ranges()).toEqual(['198.51.100.0/24'])
    await moderation.moderate({ type: 'undo', action: 3, key: 'u3', ...by })
    expect(await ranges()).toEqual(['198.51.100.0/24', '203.0.113.0/24'])
    await moderation.moderate({ type: 'ban', room: undefined, user: 2, until: 0, ranges: [], key: 'lift', ...by })
    expect(await ranges()).toEqual([])
  })
  it('finds a name by its beginning where a small letter depends on its place', async (t) => {
    const { store } = open(t)
    expect((await store.accounts.list('οδυσ', 10)).map(({ user }) => user.name)).toEqual(['ΟΔΥΣΣΕΥΣ'])
    expect((await store.accounts.list('ΟΔΥΣΣΕΥΣ', 10)).map(({ user }) => user.id)).toEqual([4])
  })
  it('continues an unfinished action where it was', async (t) => {
    const { store, moderation } = open(t)
    expect(await moderation.unfinishedActions()).toEqual([5])
    expect(await moderation.continueAction(5, Date.now())).toMatchObject([{ type: 'entry', entry: { ref: 4 } }])
    expect(await moderation.continueAction(5, Date.now())).toBeUndefined()
    expect(await moderation.unfinishedActions()).toEqual([])
    expect((await store.log.messages('tea', {}, 10)).messages.map(({ deleted }) => deleted)).toEqual([true, true, true])
  })
  it('accepts a repeated message whose text was deleted, and restores it', async (t) => {
    const { store, moderation, by } = open(t)
    const edit = { type: 'edit', room: 'tea', user: bo as never, key: 'b2', ref: 1, data: 'any text', at: 9 } as const
    expect(await store.log.append(edit)).toMatchObject({ isNew: false, entry: { id: 2 } })
    const { action = 0 } = await moderation.moderate({ type: 'undo', action: 2, key: 'u2', ...by })
    expect(await moderation.continueAction(action, Date.now())).toHaveLength(1)
    const [message] = (await store.log.messages('tea', {}, 10)).messages
    expect(message).toMatchObject({ id: 1, data: 'what Bo wrote' })
    expect(message?.deleted).toBeUndefined()
  })
  it('protects a name that an undo would give a role back', async (t) => {
    const { store } = open(t)
    expect(await provesBy(store, cai?.name ?? ''), 'a kicked moderator').toBe(false)
    expect(await provesBy(store, 'Li'), 'a new name').toBe(true)
  })
  it('finds the direct conversation of the same users, and the invitations to a room', async (t) => {
    const { store, by } = open(t)
    const direct = { kind: 'direct', address: '~new', name: '', topic: '', key: 'd', users: [2], ...by } as const
    expect(await store.rooms.create(direct)).toMatchObject({ room: '~ours', isNew: false })
    expect(await store.invitations.list('tea', Date.now())).toMatchObject([{ by: { name: 'Owen' }, usesLeft: 3 }])
  })
})
