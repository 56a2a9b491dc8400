/** What every store must do for the messages that users save for themselves. */
import { describe, expect, it } from 'vitest'
import type { Viewer } from '../../../../src/server/store/store.ts'
import { limits } from '../../../../src/shared/protocol/limits.ts'
import type { User } from '../../../../src/shared/protocol/types.ts'
import { viewer } from '../../../support/clients/users.ts'
import { den, tea } from '../../../support/server/populate.ts'
import { ban, StoreFixture } from '../../fixture.ts'
import type { Backend } from '../contract.ts'

export function savedContract(backend: Backend): void {
  const open = (t: Parameters<Backend['place']>[0]) => StoreFixture.open(t, backend)

  function save({ store }: StoreFixture, by: Viewer, message: number, { room = tea, on = true } = {}): Promise<void> {
    return store.saved.save(by, { room, message, on, at: Date.now() })
  }

  async function textsFor({ store }: StoreFixture, user: User): Promise<string[]> {
    return (await store.saved.list(viewer(user))).messages.map(({ data }) => data)
  }

  /** With three messages of Bo's in tea, of which Anna has saved the second and the first. */
  async function withSaved(t: Parameters<Backend['place']>[0]): Promise<StoreFixture> {
    const fixture = await open(t)
    for (const data of ['one', 'two', 'three']) await fixture.write(fixture.bo, tea, { data })
    for (const id of [2, 1]) await save(fixture, viewer(fixture.anna), id)
    return fixture
  }

  describe(`${backend.name} store, saved messages`, () => {
    it('are those of the user alone, of all rooms, the one that was saved last first', async (t) => {
      const fixture = await withSaved(t)
      const { anna, bo, store } = fixture
      await fixture.write(bo, den, { data: 'in the den' })
      await fixture.write(bo, tea, { type: 'edit', ref: 2, data: '2' })
      await fixture.write(bo, tea, { type: 'react', ref: 2, data: '🍵', on: true })
      await save(fixture, viewer(anna), 1, { room: den })
      const { messages, next } = await store.saved.list(viewer(anna))
      expect(messages.map(({ room, data }) => [room, data])).toEqual([
        [den, 'in the den'],
        [tea, 'one'],
        [tea, '2'],
      ])
      expect(messages[2]).not.toHaveProperty('reactions')
      expect(next).toBeUndefined()
      expect(await textsFor(fixture, bo)).toEqual([])
      expect(await store.saved.idsIn(viewer(anna), tea)).toEqual([1, 2])
      expect(await store.saved.idsIn(viewer(bo), tea)).toEqual([])
    })

    it('keep their place when they are saved again, and go when they are removed', async (t) => {
      const fixture = await withSaved(t)
      await save(fixture, viewer(fixture.anna), 2)
      expect(await textsFor(fixture, fixture.anna)).toEqual(['one', 'two'])
      for (let i = 0; i < 2; i++) await save(fixture, viewer(fixture.anna), 1, { on: false })
      expect(await textsFor(fixture, fixture.anna)).toEqual(['two'])
      expect(await fixture.store.saved.idsIn(viewer(fixture.anna), tea)).toEqual([2])
    })

    it('are messages of rooms that the user can view, and of verified sessions', async (t) => {
      const fixture = await withSaved(t)
      const { anna, eve, store } = fixture
      const unverified = { ...viewer(anna), isVerified: false }
      await expect(save(fixture, unverified, 3)).rejects.toMatchObject({ code: 'forbidden' })
      expect((await store.saved.list(unverified)).messages).toEqual([])
      expect(await store.saved.idsIn(unverified, tea)).toEqual([])
      await fixture.write(fixture.bo, den)
      await expect(save(fixture, viewer(eve), 1, { room: den })).rejects.toMatchObject({ code: 'no-such-room' })
      await expect(save(fixture, viewer(eve), 9)).rejects.toMatchObject({ code: 'no-such-message' })
      await fixture.moderate(fixture.cai, { type: 'pin', room: tea, ref: 1, on: true })
      await expect(save(fixture, viewer(eve), 4), 'no message').rejects.toMatchObject({ code: 'no-such-message' })
    })

    it('are hidden as long as the user cannot view their room', async (t) => {
      const fixture = await open(t)
      const { ada, bo, cai } = fixture
      await fixture.write(bo, tea, { data: 'one' })
      await save(fixture, viewer(cai), 1)
      await fixture.moderate(ada, ban(tea, cai))
      expect(await textsFor(fixture, cai)).toEqual([])
      await fixture.moderate(ada, ban(tea, cai, 0))
      expect(await textsFor(fixture, cai)).toEqual(['one'])
    })

    it('are removed also from a room that the user cannot view', async (t) => {
      const fixture = await open(t)
      const { ada, bo, cai, eve } = fixture
      await fixture.write(bo, tea)
      await save(fixture, viewer(cai), 1)
      await fixture.moderate(ada, ban(tea, cai))
      await expect(save(fixture, viewer(cai), 1)).rejects.toMatchObject({ code: 'no-such-room' })
      const unverified = { ...viewer(cai), isVerified: false }
      await expect(save(fixture, unverified, 1, { on: false })).rejects.toThrow()
      await save(fixture, viewer(eve), 1, { on: false })
      expect(await fixture.store.saved.idsIn(viewer(cai), tea)).toEqual([1])
      await save(fixture, viewer(cai), 1, { on: false })
      expect(await fixture.store.saved.idsIn(viewer(cai), tea)).toEqual([])
      await expect(save(fixture, viewer(cai), 1, { on: false })).rejects.toMatchObject({ code: 'no-such-room' })
    })

    it('are hidden while they are deleted, and come back with them', async (t) => {
      const fixture = await withSaved(t)
      const { action = 0 } = await fixture.write(fixture.cai, tea, { type: 'delete', ref: 1 })
      expect(await textsFor(fixture, fixture.anna)).toEqual(['two'])
      await fixture.pieces((await fixture.undo(fixture.cai, action)).action ?? 0)
      expect(await textsFor(fixture, fixture.anna)).toEqual(['one', 'two'])
    })

    it('go for good with a message that its author deletes, or whose deletion can be undone no longer', async (t) => {
      const fixture = await withSaved(t)
      const { anna, bo, owen, store } = fixture
      await fixture.write(bo, tea, { type: 'delete', ref: 1 })
      expect(await store.saved.idsIn(viewer(anna), tea)).toEqual([2])
      await fixture.pieces(await fixture.moderateForId(owen, { type: 'purge', user: bo.id }))
      expect(await textsFor(fixture, anna)).toEqual([])
      await store.moderation.removeExpired(Date.now(), 0)
      expect(await store.saved.idsIn(viewer(anna), tea), 'the purge can be undone').toEqual([2])
      await store.moderation.removeExpired(Date.now(), Date.now() + 1)
      expect(await store.saved.idsIn(viewer(anna), tea)).toEqual([])
    })

    it('go with a room that is deleted', async (t) => {
      const fixture = await withSaved(t)
      const { anna, owen, store } = fixture
      await fixture.pieces(await fixture.moderateForId(owen, { type: 'delete-room', room: tea }))
      expect(await textsFor(fixture, anna)).toEqual([])
      await store.rooms.open(tea, Date.now())
      expect(await store.saved.idsIn(viewer(anna), tea)).toEqual([])
    })

    it('are in pages, and limited in number', async (t) => {
      const fixture = await open(t)
      const { anna, bo, store } = fixture
      const ids = Array.from({ length: limits.maxSaved + 1 }, (_, i) => i + 1)
      await Promise.all(ids.map((id) => fixture.write(bo, tea, { data: `message ${id}` })))
      await Promise.all(ids.slice(0, -1).map((id) => save(fixture, viewer(anna), id)))
      await expect(save(fixture, viewer(anna), limits.maxSaved + 1)).rejects.toMatchObject({ code: 'forbidden' })
      await save(fixture, viewer(anna), 1)
      await save(fixture, viewer(anna), 1, { on: false })
      await save(fixture, viewer(anna), limits.maxSaved + 1)
      const refused = save(fixture, viewer(anna), 1)
      await expect(refused, 'as many as before').rejects.toMatchObject({ code: 'forbidden' })
      const first = await store.saved.list(viewer(anna))
      expect([first.messages.length, first.messages[0]?.id]).toEqual([50, limits.maxSaved + 1])
      const second = await store.saved.list(viewer(anna), first.next)
      expect(new Set([...first.messages, ...second.messages].map(({ id }) => id)).size).toBe(100)
      await fixture.write(anna, den)
      await fixture.moderate(fixture.ada, ban(tea, anna))
      await save(fixture, viewer(anna), 1, { room: den })
      expect(await textsFor(fixture, anna), 'those that are hidden do not count').toHaveLength(1)
    })
  })
}
