import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { backup, DatabaseSync } from 'node:sqlite'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { User } from '../../src/shared/protocol/types.ts'
import { parseSearch } from '../../src/shared/search/query.ts'
import { viewer } from '../support/clients/users.ts'
import { indexTexts, uploadedText } from '../support/file-texts.ts'
import { filesWith } from '../support/server/data-bytes.ts'
import { tea } from '../support/server/populate.ts'
import { temporaryFolder } from '../support/server/server.ts'
import { sqliteBackend } from './backends.ts'
import type { Backend } from './contract/contract.ts'
import { StoreFixture } from './fixture.ts'

let folder = ''

const backend: Backend = {
  ...sqliteBackend,
  copy(from, t) {
    folder = sqliteBackend.copy(from, t)
    return folder
  },
}

async function openFixture(): Promise<StoreFixture> {
  return StoreFixture.open({ onTestFinished }, backend)
}

/** A few among others. Of very many SQLite may leave copies where it has divided a page: see SECURITY.md. */
async function writeMany(fixture: StoreFixture, user: User, secret: string, count = 5): Promise<number[]> {
  const ids: number[] = []
  for (let i = 0; i < 60; i++) {
    if (i < count) ids.push((await fixture.write(user, tea, { data: `${secret} ${i}` })).entry.id)
    await fixture.write(fixture.cai, tea, { data: `between ${i}` })
  }
  expect(filesWith(folder, secret)).not.toEqual([])
  return ids
}

async function expectGone(secret: string): Promise<void> {
  await expect.poll(() => filesWith(folder, secret), { timeout: 100_000, interval: 100 }).toEqual([])
  const copy = join(temporaryFolder({ onTestFinished }), 'backup')
  const database = new DatabaseSync(join(folder, 'teahouse.db'))
  await backup(database, copy)
  database.close()
  expect(filesWith(join(copy, '..'), secret)).toEqual([])
  // Premise: what was not deleted is in the files.
  expect(filesWith(folder, 'between 59')).not.toEqual([])
}

describe('deleted text is in no file of the data folder and in no backup (SECURITY-REVIEW 15)', () => {
  it('after its author deletes it, with all its edits', async () => {
    const fixture = await openFixture()
    const secret = `secret-${randomUUID()}`
    const ids = await writeMany(fixture, fixture.bo, secret)
    for (const ref of ids) await fixture.write(fixture.bo, tea, { type: 'edit', ref, data: `${secret} edited` })
    for (const ref of ids) await fixture.write(fixture.bo, tea, { type: 'delete', ref })
    await expectGone(secret)
  })

  it('after a moderator deletes it and the time to undo has passed', async () => {
    const fixture = await openFixture()
    const secret = `secret-${randomUUID()}`
    const ids = await writeMany(fixture, fixture.bo, secret)
    for (const ref of ids) await fixture.write(fixture.anna, tea, { type: 'delete', ref })
    expect(filesWith(folder, secret)).not.toEqual([])
    await fixture.store.moderation.removeExpired(Date.now(), Date.now() + 1)
    await expectGone(secret)
  })

  it('after a purge of its author and the time to undo has passed', async () => {
    const fixture = await openFixture()
    const secret = `secret-${randomUUID()}`
    await writeMany(fixture, fixture.bo, secret)
    await fixture.pieces(await fixture.moderateForId(fixture.ada, { type: 'purge', user: fixture.bo.id }))
    await fixture.store.moderation.removeExpired(Date.now(), Date.now() + 1)
    await expectGone(secret)
  })

  it('after the room is deleted', async () => {
    const fixture = await openFixture()
    const secret = `secret-${randomUUID()}`
    await writeMany(fixture, fixture.bo, secret)
    for (let i = 0; i < 60; i++) await fixture.write(fixture.cai, 'lobby', { data: `between ${i}` })
    await fixture.pieces(await fixture.moderateForId(fixture.ada, { type: 'delete-room', room: tea }))
    await expectGone(secret)
  })

  it('after a purge, from the words of the search too', async () => {
    const fixture = await openFixture()
    const secret = `secret${randomUUID().replaceAll('-', '')}`
    await writeMany(fixture, fixture.bo, secret)
    const found = () => fixture.store.search.find(viewer(fixture.cai), parseSearch(secret), { limit: 50 })
    expect((await found()).messages).toHaveLength(5)
    const action = await fixture.moderateForId(fixture.ada, { type: 'purge', user: fixture.bo.id })
    await fixture.pieces(action)
    expect((await found()).messages).toHaveLength(0)
    await fixture.pieces((await fixture.undo(fixture.ada, action)).action ?? 0)
    expect((await found()).messages).toHaveLength(5)
    for (const { id } of (await found()).messages) await fixture.write(fixture.bo, tea, { type: 'delete', ref: id })
    await expectGone(secret)
  })

  it('with the texts of files, after an edit takes them out and after their message is deleted', async () => {
    const fixture = await openFixture()
    const secret = `secret${randomUUID().replaceAll('-', '')}`
    const between = Array.from({ length: 900 }, (_, i) => `line${i} of the file`).join('\n')
    const texts = new Map<string, string>()
    for (let n = 1; n <= 4; n++) {
      const id = await uploadedText(fixture.store, n, fixture.bo, tea)
      texts.set(id, n > 2 ? between : `${secret}x${n}\n${between}\n${secret} again ${n}`)
      await fixture.write(fixture.bo, tea, { data: `between ${n + 55}`, files: [id] })
    }
    await indexTexts(fixture.store, texts)
    expect(filesWith(folder, secret)).not.toEqual([])
    const found = (query: string) => fixture.store.search.find(viewer(fixture.cai), parseSearch(query), { limit: 50 })
    expect((await found(`${secret}*`)).messages).toHaveLength(2)
    await fixture.write(fixture.bo, tea, { type: 'edit', ref: 1, data: 'without', files: [] })
    await fixture.write(fixture.bo, tea, { type: 'delete', ref: 2 })
    expect((await found(`${secret}*`)).messages).toHaveLength(0)
    await indexTexts(fixture.store, texts)
    expect((await found('line500')).messages).toHaveLength(2)
    await expectGone(secret)
  })

  it('also while another user reads', async () => {
    const fixture = await openFixture()
    const secret = `secret-${randomUUID()}`
    const [ref = 0] = await writeMany(fixture, fixture.bo, secret, 1)
    const reader = new DatabaseSync(join(folder, 'teahouse.db'), { readOnly: true })
    reader.exec('begin')
    reader.prepare('select count(*) from entries').get()
    await fixture.write(fixture.bo, tea, { type: 'delete', ref })
    await fixture.write(fixture.cai, tea, { data: 'nobody waits for the reader' })
    expect(filesWith(folder, secret)).not.toEqual([])
    reader.exec('commit')
    reader.close()
    await expectGone(secret)
  })
})
