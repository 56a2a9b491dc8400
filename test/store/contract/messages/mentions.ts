/** What every store must do for mentions: they are found when a text is stored, follow the message's state, and are counted. */
import { describe, expect, it } from 'vitest'
import type { Message, User } from '../../../../src/shared/protocol/types.ts'
import { userNamed, viewer } from '../../../support/clients/users.ts'
import { den, tea } from '../../../support/server/populate.ts'
import { StoreFixture } from '../../fixture.ts'
import type { Backend } from '../contract.ts'

export function mentionsContract(backend: Backend): void {
  const open = (t: Parameters<Backend['place']>[0]) => StoreFixture.open(t, backend)

  async function countedFor(fixture: StoreFixture, user: User, room: string) {
    const summary = await fixture.store.rooms.summary(viewer(user), room)
    return [summary?.unread, summary?.mentions]
  }
  async function newest(fixture: StoreFixture, room: string): Promise<Message | undefined> {
    return (await fixture.store.log.messages(room, {}, 1)).messages[0]
  }
  const named = (...users: User[]) => users.map(({ id, name }) => ({ id, name }))

  describe(`${backend.name} store, mentions`, () => {
    describe('mention', () => {
      it('is returned with the entry, the message and the log, and is counted', async (t) => {
        const fixture = await open(t)
        const { anna, bo, cai } = fixture
        const { entry } = await fixture.write(bo, tea, { data: '@cai, ask @Anna' })
        expect(entry).toMatchObject({ mentions: named(cai, anna) })
        expect(await newest(fixture, tea)).toEqual(entry)
        expect(await fixture.store.log.entriesAfter(tea, 0, 10)).toEqual([entry])
        expect(await countedFor(fixture, anna, tea)).toEqual([1, 1])
        expect(await countedFor(fixture, cai, tea)).toEqual([1, 1])
        await fixture.store.rooms.markRead(anna, tea, entry.id)
        expect(await countedFor(fixture, anna, tea)).toEqual([0, 0])
      })
      it('of an unknown user stores nothing', async (t) => {
        const fixture = await open(t)
        for (const data of ['hello', 'hello @nobody', 'a@b.example']) {
          expect((await fixture.write(fixture.bo, tea, { data })).entry).not.toHaveProperty('mentions')
        }
        expect(await newest(fixture, tea)).not.toHaveProperty('mentions')
        expect(await countedFor(fixture, fixture.anna, tea)).toEqual([3, 0])
      })
      it.for([
        'use `@Anna` here',
        '```\n@Anna\n```',
        'write to me@anna.example',
        'https://social.example/@Anna/123',
        '\\@Anna',
      ])('is not found in %j (FAULTS 3)', async (data, t) => {
        const fixture = await open(t)
        const { entry } = await fixture.write(fixture.bo, tea, { data })
        expect(entry).not.toHaveProperty('mentions')
        expect(await countedFor(fixture, fixture.anna, tea)).toEqual([1, 0])
        await fixture.write(fixture.bo, tea, { data: `${data} \n\n@Anna` })
      })
      it.for([
        ['Ива', 'Иван', 'привет @Иван'],
        ['Ann', 'Ann Lee', 'hello @Ann Lee'],
        ['小李', '小李明', '你好@小李明你好'],
      ] as const)('of %s is not found inside a mention of %s (FAULTS 4)', async ([short, long, data], t) => {
        const fixture = await open(t)
        const [one, other] = [await userNamed(fixture.store, short), await userNamed(fixture.store, long)]
        for (const { id } of [one, other]) await fixture.store.rooms.join(id, tea)
        const { entry } = await fixture.write(fixture.bo, tea, { data })
        expect(entry).toMatchObject({ mentions: named(other) })
        expect(await countedFor(fixture, one, tea)).toEqual([1, 0])
        expect(await countedFor(fixture, other, tea)).toEqual([1, 1])
      })
      it('that matches names in different case is of all of them, the exact name first', async (t) => {
        const fixture = await open(t)
        const lower = await userNamed(fixture.store, 'anna')
        await fixture.store.rooms.join(lower.id, tea)
        const { entry } = await fixture.write(fixture.bo, tea, { data: '@anna' })
        expect(entry).toMatchObject({ mentions: named(lower, fixture.anna) })
        expect(await countedFor(fixture, fixture.anna, tea)).toEqual([1, 1])
      })
      it('of the author is returned and not counted', async (t) => {
        const fixture = await open(t)
        const { entry } = await fixture.write(fixture.anna, tea, { data: 'I am @Anna' })
        expect(entry).toMatchObject({ mentions: named(fixture.anna) })
        expect(await countedFor(fixture, fixture.anna, tea)).toEqual([0, 0])
      })
      it('is stored only for users who have been in the room', async (t) => {
        const fixture = await open(t)
        expect(await fixture.store.accounts.hasUser('Eve')).toBe(true)
        expect((await fixture.write(fixture.anna, den, { data: '@Eve' })).entry).not.toHaveProperty('mentions')
        expect((await fixture.write(fixture.anna, 'lobby', { data: '@Eve' })).entry).toHaveProperty('mentions')
      })
      it('is limited to twenty users for a message', async (t) => {
        const fixture = await open(t)
        const people = await Promise.all(Array.from({ length: 25 }, (_, i) => userNamed(fixture.store, `Guest ${i}`)))
        for (const { id } of people) await fixture.store.rooms.join(id, tea)
        const { entry } = await fixture.write(fixture.bo, tea, {
          data: people.map(({ name }) => `@${name}`).join(', '),
        })
        expect(entry).toMatchObject({ mentions: named(...people.slice(0, 20)) })
      })
    })

    describe('mentions of a message', () => {
      it('are those of its text after the last edit (FAULTS 5)', async (t) => {
        const fixture = await open(t)
        const { anna, bo, cai } = fixture
        const { entry } = await fixture.write(bo, tea, { data: 'hi @Anna' })
        expect(await countedFor(fixture, anna, tea)).toEqual([1, 1])
        const edited = await fixture.write(bo, tea, { type: 'edit', ref: entry.id, data: 'hi Bo' })
        expect(edited.entry).not.toHaveProperty('mentions')
        expect(await newest(fixture, tea)).not.toHaveProperty('mentions')
        expect(await countedFor(fixture, anna, tea)).toEqual([1, 0])
        const again = await fixture.write(bo, tea, { type: 'edit', ref: entry.id, data: 'hi @Anna and @Cai' })
        expect(again.entry).toMatchObject({ mentions: named(anna, cai) })
        expect(await newest(fixture, tea)).toMatchObject({ mentions: named(anna, cai) })
        expect(await countedFor(fixture, anna, tea)).toEqual([1, 1])
        expect(await countedFor(fixture, cai, tea)).toEqual([1, 1])
        expect(await fixture.store.log.entriesAfter(tea, 0, 10)).toEqual([entry, edited.entry, again.entry])
      })
      it('are removed when it is deleted', async (t) => {
        const fixture = await open(t)
        const { anna, bo } = fixture
        const { entry } = await fixture.write(bo, tea, { data: 'hi @Anna' })
        await fixture.write(bo, tea, { type: 'edit', ref: entry.id, data: 'hello @Anna' })
        await fixture.write(bo, tea, { type: 'delete', ref: entry.id })
        expect(await countedFor(fixture, anna, tea)).toEqual([0, 0])
        expect(JSON.stringify(await fixture.store.log.entriesAfter(tea, 0, 10))).not.toContain('mentions')
      })
      it('are removed and restored with a moderator’s deletion and its undo', async (t) => {
        const fixture = await open(t)
        const { anna, bo, cai } = fixture
        const { entry } = await fixture.write(bo, tea, { data: 'hi @Anna, from @Bo' })
        const { action = 0 } = await fixture.write(cai, tea, { type: 'delete', ref: entry.id })
        expect(await countedFor(fixture, anna, tea)).toEqual([0, 0])
        expect(await fixture.pieces(await fixture.moderateForId(cai, { type: 'undo', action: action }))).toEqual([1])
        expect(await countedFor(fixture, anna, tea)).toEqual([1, 1])
        expect(await newest(fixture, tea)).toMatchObject({ data: 'hi @Anna, from @Bo', mentions: named(anna, bo) })
        // It is still one's own.
        expect((await fixture.store.rooms.summary(viewer(bo), tea))?.mentions).toBe(0)
      })
      it('are removed and restored with a purge and its undo', async (t) => {
        const fixture = await open(t)
        const { ada, anna, bo } = fixture
        for (let i = 0; i < 3; i++) await fixture.write(bo, tea, { data: `${i} @Anna` })
        const action = await fixture.moderateForId(ada, { type: 'purge', user: bo.id })
        await fixture.pieces(action)
        expect(await countedFor(fixture, anna, tea)).toEqual([0, 0])
        await fixture.pieces(await fixture.moderateForId(ada, { type: 'undo', action: action }))
        expect(await countedFor(fixture, anna, tea)).toEqual([3, 3])
      })
      it('are the same after a restart', async (t) => {
        const fixture = await open(t)
        const { entry } = await fixture.write(fixture.bo, tea, { data: 'hi @Anna' })
        await fixture.reopen()
        expect(await newest(fixture, tea)).toEqual(entry)
        expect(await countedFor(fixture, fixture.anna, tea)).toEqual([1, 1])
      })
    })
  })
}
