/** What every store must do for the list of messages that mention a user or reply to theirs. */
import { describe, expect, it } from 'vitest'
import type { User } from '../../../../src/shared/protocol/types.ts'
import { viewer } from '../../../support/clients/users.ts'
import { den, tea } from '../../../support/server/populate.ts'
import { ban, StoreFixture } from '../../fixture.ts'
import type { Backend } from '../contract.ts'

export function addressedContract(backend: Backend): void {
  const open = (t: Parameters<Backend['place']>[0]) => StoreFixture.open(t, backend)

  async function textsFor({ store }: StoreFixture, user: User): Promise<string[]> {
    return (await store.log.addressed(viewer(user))).messages.map(({ data }) => data)
  }

  describe(`${backend.name} store, messages that address a user`, () => {
    it('are those that mention them or reply to theirs, of all rooms, newest first', async (t) => {
      const fixture = await open(t)
      const { anna, bo } = fixture
      const { entry } = await fixture.write(anna, tea, { data: 'tea?' })
      await fixture.write(bo, tea, { data: 'yes', reply: entry.id })
      await fixture.write(bo, den, { data: '@Anna, here' })
      await fixture.write(bo, tea, { data: '@Anna, both', reply: entry.id })
      await fixture.write(bo, tea, { data: 'nothing' })
      await fixture.write(anna, tea, { data: '@Anna, myself', reply: entry.id })
      expect(await textsFor(fixture, anna)).toEqual(['@Anna, both', '@Anna, here', 'yes'])
      const { messages, next } = await fixture.store.log.addressed(viewer(anna))
      expect(messages.map(({ room }) => room)).toEqual([tea, den, tea])
      expect(next).toBeUndefined()
      expect(await textsFor(fixture, bo)).toEqual([])
    })
    it('follow edits and deletions, and keep their places', async (t) => {
      const fixture = await open(t)
      const { anna, bo } = fixture
      const { entry } = await fixture.write(anna, tea, { data: 'tea?' })
      const { entry: mention } = await fixture.write(bo, tea, { data: '@Anna one' })
      const { entry: reply } = await fixture.write(bo, tea, { data: 'two', reply: entry.id })
      await fixture.write(bo, tea, { type: 'react', ref: mention.id, data: '🍵', on: true })
      await fixture.write(bo, tea, { type: 'edit', ref: mention.id, data: '@Anna 1' })
      await fixture.write(bo, tea, { type: 'edit', ref: reply.id, data: '2, @Anna' })
      expect(await textsFor(fixture, anna)).toEqual(['2, @Anna', '@Anna 1'])
      expect((await fixture.store.log.addressed(viewer(anna))).messages[1]).not.toHaveProperty('reactions')
      await fixture.write(bo, tea, { type: 'edit', ref: mention.id, data: '1' })
      await fixture.write(bo, tea, { type: 'edit', ref: reply.id, data: '2' })
      expect(await textsFor(fixture, anna)).toEqual(['2'])
      await fixture.write(bo, tea, { type: 'edit', ref: mention.id, data: '@Anna again' })
      const { action = 0 } = await fixture.write(fixture.ada, tea, { type: 'delete', ref: reply.id })
      expect(await textsFor(fixture, anna)).toEqual(['@Anna again'])
      await fixture.pieces(await fixture.moderateForId(fixture.ada, { type: 'undo', action }))
      expect(await textsFor(fixture, anna)).toEqual(['2', '@Anna again'])
    })
    it('are in pages, each of which says where the next begins', async (t) => {
      const fixture = await open(t)
      const { anna, bo, store } = fixture
      for (let i = 1; i <= 60; i++) await fixture.write(bo, tea, { data: `@Anna ${i}` })
      const first = await store.log.addressed(viewer(anna))
      expect([first.messages.length, first.messages[0]?.data, first.messages[49]?.data]).toEqual([
        50,
        '@Anna 60',
        '@Anna 11',
      ])
      const second = await store.log.addressed(viewer(anna), first.next)
      expect([second.messages.length, second.messages[0]?.data, second.next]).toEqual([10, '@Anna 10', undefined])
    })
    it('are not those of rooms that the viewer cannot view, nor of users whom they have blocked', async (t) => {
      const fixture = await open(t)
      const { ada, anna, bo, cai, store } = fixture
      await fixture.write(bo, den, { data: '@Anna in private' })
      await fixture.write(bo, tea, { data: '@Cai in public' })
      const unverified = { ...viewer(anna), isVerified: false }
      expect((await store.log.addressed(unverified)).messages).toEqual([])
      await fixture.moderate(ada, ban(tea, cai))
      expect(await textsFor(fixture, cai)).toEqual([])
      await fixture.moderate(anna, { type: 'block', user: bo.id, isOn: true })
      expect(await textsFor(fixture, anna)).toEqual([])
    })
    it('come with what their rooms are called', async (t) => {
      const fixture = await open(t)
      const { anna, bo, store } = fixture
      const { room: talk } = await fixture.create(bo, { kind: 'direct', address: '~talk', name: '', users: [anna.id] })
      const { entry } = await fixture.write(anna, talk, { data: 'tea?' })
      await fixture.write(bo, talk, { data: 'yes', reply: entry.id })
      await fixture.write(bo, tea, { data: '@Anna 1' })
      await fixture.write(bo, den, { data: '@Anna 2' })
      await fixture.write(bo, tea, { data: '@Anna 3' })
      expect((await store.log.addressed(viewer(anna))).rooms).toEqual([
        { room: tea, name: tea },
        { room: den, name: 'The den', kind: 'private' },
        { room: talk, name: '', kind: 'direct', people: [bo] },
      ])
    })
    it('are not those of a room that the user has left, until they are back', async (t) => {
      const fixture = await open(t)
      const { anna, bo } = fixture
      await fixture.write(bo, den, { data: '@Anna in private' })
      await fixture.moderate(anna, { type: 'leave', room: den })
      expect(await textsFor(fixture, anna)).toEqual([])
      expect((await fixture.store.log.addressed(viewer(anna))).rooms).toEqual([])
    })
    it('are not those of a user who has been purged, until that is undone', async (t) => {
      const fixture = await open(t)
      const { anna, bo, ada, owen } = fixture
      const { entry } = await fixture.write(anna, tea, { data: 'tea?' })
      await fixture.write(bo, tea, { data: '@Anna one' })
      await fixture.write(bo, tea, { data: 'two', reply: entry.id })
      await fixture.write(bo, tea, { data: 'three' })
      expect(await textsFor(fixture, anna)).toHaveLength(2)
      const action = await fixture.moderateForId(ada, { type: 'purge', user: bo.id })
      await fixture.pieces(action)
      expect(await textsFor(fixture, anna)).toEqual([])
      await fixture.pieces((await fixture.undo(owen, action)).action ?? 0)
      expect((await textsFor(fixture, anna)).sort()).toEqual(['@Anna one', 'two'])
    })
    it('are not those of a user who was blocked when they wrote them, though they edit them or are unblocked', async (t) => {
      const fixture = await open(t)
      const { anna, bo } = fixture
      const { entry } = await fixture.write(anna, tea, { data: 'tea?' })
      await fixture.moderate(anna, { type: 'block', user: bo.id, isOn: true })
      const { entry: reply } = await fixture.write(bo, tea, { data: 'two', reply: entry.id })
      await fixture.write(bo, tea, { data: '@Anna one' })
      await fixture.moderate(anna, { type: 'block', user: bo.id, isOn: false })
      await fixture.write(bo, tea, { type: 'edit', ref: reply.id, data: 'too' })
      expect(await textsFor(fixture, anna)).toEqual([])
      await fixture.write(bo, tea, { data: '@Anna @Cai @Bo three' })
      expect(await textsFor(fixture, anna)).toEqual(['@Anna @Cai @Bo three'])
      expect(await textsFor(fixture, fixture.cai)).toEqual(['@Anna @Cai @Bo three'])
      expect(await textsFor(fixture, bo)).toEqual([])
    })
    it('go with a room that is deleted', async (t) => {
      const fixture = await open(t)
      await fixture.write(fixture.bo, tea, { data: '@Anna' })
      const action = await fixture.moderateForId(fixture.owen, { type: 'delete-room', room: tea })
      await fixture.pieces(action)
      expect(await textsFor(fixture, fixture.anna)).toEqual([])
    })
  })
}
