/** What every store must do with mentions: decided when a text is stored, kept as the message stands, and counted. */
import { describe, expect, it } from 'vitest'
import type { Message, User } from '../../src/shared/protocol.ts'
import { den, tea } from '../support/furnish.ts'
import { userNamed, viewer } from '../support/people.ts'
import type { Backend } from './contract.ts'
import { TestHouse } from './house.ts'

export function mentionsContract(backend: Backend): void {
  const open = (t: Parameters<Backend['place']>[0]) => TestHouse.open(t, backend)

  async function countedFor(house: TestHouse, user: User, room: string) {
    const summary = await house.store.rooms.summary(viewer(user), room)
    return [summary?.unread, summary?.mentions]
  }
  async function newest(house: TestHouse, room: string): Promise<Message | undefined> {
    return (await house.store.log.messages(room, {}, 1)).messages[0]
  }
  const named = (...users: User[]) => users.map(({ id, name }) => ({ id, name }))

  describe(`${backend.name} store, of mentions:`, () => {
    describe('a mention', () => {
      it('is told with the entry, with the message and with the log, and counted', async (t) => {
        const house = await open(t)
        const { anna, bo, cai } = house
        const { entry } = await house.write(bo, tea, { data: '@cai, ask @Anna' })
        expect(entry).toMatchObject({ mentions: named(cai, anna) })
        expect(await newest(house, tea)).toEqual(entry)
        expect(await house.store.log.entriesAfter(tea, 0, 10)).toEqual([entry])
        expect(await countedFor(house, anna, tea)).toEqual([1, 1])
        expect(await countedFor(house, cai, tea)).toEqual([1, 1])
        await house.store.rooms.markRead(anna, tea, entry.id)
        expect(await countedFor(house, anna, tea)).toEqual([0, 0])
      })
      it('of nobody leaves nothing', async (t) => {
        const house = await open(t)
        for (const data of ['hello', 'hello @nobody', 'a@b.example']) {
          expect((await house.write(house.bo, tea, { data })).entry).not.toHaveProperty('mentions')
        }
        expect(await newest(house, tea)).not.toHaveProperty('mentions')
        expect(await countedFor(house, house.anna, tea)).toEqual([3, 0])
      })
      it.for([
        'use `@Anna` here',
        '```\n@Anna\n```',
        'write to me@anna.example',
        'https://social.example/@Anna/123',
        '\\@Anna',
      ])('is not in %j (FAULTS 3)', async (data, t) => {
        const house = await open(t)
        const { entry } = await house.write(house.bo, tea, { data })
        expect(entry).not.toHaveProperty('mentions')
        expect(await countedFor(house, house.anna, tea)).toEqual([1, 0])
        await house.write(house.bo, tea, { data: `${data} \n\n@Anna` })
      })
      it.for([
        ['Ива', 'Иван', 'привет @Иван'],
        ['Ann', 'Ann Lee', 'hello @Ann Lee'],
        ['小李', '小李明', '你好@小李明你好'],
      ] as const)('of %s is not one of %s (FAULTS 4)', async ([short, long, data], t) => {
        const house = await open(t)
        const [one, other] = [await userNamed(house.store, short), await userNamed(house.store, long)]
        for (const { id } of [one, other]) await house.store.rooms.join(id, tea)
        const { entry } = await house.write(house.bo, tea, { data })
        expect(entry).toMatchObject({ mentions: named(other) })
        expect(await countedFor(house, one, tea)).toEqual([1, 0])
        expect(await countedFor(house, other, tea)).toEqual([1, 1])
      })
      it('of a name that differs in its case only is one of all who have it, the very name first', async (t) => {
        const house = await open(t)
        const lower = await userNamed(house.store, 'anna')
        await house.store.rooms.join(lower.id, tea)
        const { entry } = await house.write(house.bo, tea, { data: '@anna' })
        expect(entry).toMatchObject({ mentions: named(lower, house.anna) })
        expect(await countedFor(house, house.anna, tea)).toEqual([1, 1])
      })
      it('of oneself is told, and not counted', async (t) => {
        const house = await open(t)
        const { entry } = await house.write(house.anna, tea, { data: 'I am @Anna' })
        expect(entry).toMatchObject({ mentions: named(house.anna) })
        expect(await countedFor(house, house.anna, tea)).toEqual([0, 0])
      })
      it('is of those who have been in the room, and tells nobody of others', async (t) => {
        const house = await open(t)
        expect(await house.store.accounts.hasUser('Eve')).toBe(true)
        expect((await house.write(house.anna, den, { data: '@Eve' })).entry).not.toHaveProperty('mentions')
        expect((await house.write(house.anna, 'lobby', { data: '@Eve' })).entry).toHaveProperty('mentions')
      })
      it('is of twenty people at most', async (t) => {
        const house = await open(t)
        const people = await Promise.all(Array.from({ length: 25 }, (_, i) => userNamed(house.store, `Guest ${i}`)))
        for (const { id } of people) await house.store.rooms.join(id, tea)
        const { entry } = await house.write(house.bo, tea, { data: people.map(({ name }) => `@${name}`).join(', ') })
        expect(entry).toMatchObject({ mentions: named(...people.slice(0, 20)) })
      })
    })

    describe('the mentions of a message', () => {
      it('are those of its text after the last edit (FAULTS 5)', async (t) => {
        const house = await open(t)
        const { anna, bo, cai } = house
        const { entry } = await house.write(bo, tea, { data: 'hi @Anna' })
        expect(await countedFor(house, anna, tea)).toEqual([1, 1])
        const edited = await house.write(bo, tea, { type: 'edit', ref: entry.id, data: 'hi Bo' })
        expect(edited.entry).not.toHaveProperty('mentions')
        expect(await newest(house, tea)).not.toHaveProperty('mentions')
        expect(await countedFor(house, anna, tea)).toEqual([1, 0])
        const again = await house.write(bo, tea, { type: 'edit', ref: entry.id, data: 'hi @Anna and @Cai' })
        expect(again.entry).toMatchObject({ mentions: named(anna, cai) })
        expect(await newest(house, tea)).toMatchObject({ mentions: named(anna, cai) })
        expect(await countedFor(house, anna, tea)).toEqual([1, 1])
        expect(await countedFor(house, cai, tea)).toEqual([1, 1])
        expect(await house.store.log.entriesAfter(tea, 0, 10)).toEqual([entry, edited.entry, again.entry])
      })
      it('are gone with it', async (t) => {
        const house = await open(t)
        const { anna, bo } = house
        const { entry } = await house.write(bo, tea, { data: 'hi @Anna' })
        await house.write(bo, tea, { type: 'edit', ref: entry.id, data: 'hello @Anna' })
        await house.write(bo, tea, { type: 'delete', ref: entry.id })
        expect(await countedFor(house, anna, tea)).toEqual([0, 0])
        expect(JSON.stringify(await house.store.log.entriesAfter(tea, 0, 10))).not.toContain('mentions')
      })
      it('go and come back with what a moderator deletes and brings back', async (t) => {
        const house = await open(t)
        const { anna, bo, cai } = house
        const { entry } = await house.write(bo, tea, { data: 'hi @Anna, from @Bo' })
        const { action: act = 0 } = await house.write(cai, tea, { type: 'delete', ref: entry.id })
        expect(await countedFor(house, anna, tea)).toEqual([0, 0])
        expect(await house.pieces(await house.deed(cai, { type: 'undo', action: act }))).toEqual([1])
        expect(await countedFor(house, anna, tea)).toEqual([1, 1])
        expect(await newest(house, tea)).toMatchObject({ data: 'hi @Anna, from @Bo', mentions: named(anna, bo) })
        // It is still one's own.
        expect((await house.store.rooms.summary(viewer(bo), tea))?.mentions).toBe(0)
      })
      it('go and come back with a purge and its undoing', async (t) => {
        const house = await open(t)
        const { ada, anna, bo } = house
        for (let i = 0; i < 3; i++) await house.write(bo, tea, { data: `${i} @Anna` })
        const act = await house.deed(ada, { type: 'purge', user: bo.id })
        await house.pieces(act)
        expect(await countedFor(house, anna, tea)).toEqual([0, 0])
        await house.pieces(await house.deed(ada, { type: 'undo', action: act }))
        expect(await countedFor(house, anna, tea)).toEqual([3, 3])
      })
      it('are the same after a restart', async (t) => {
        const house = await open(t)
        const { entry } = await house.write(house.bo, tea, { data: 'hi @Anna' })
        await house.reopen()
        expect(await newest(house, tea)).toEqual(entry)
        expect(await countedFor(house, house.anna, tea)).toEqual([1, 1])
      })
    })
  })
}
