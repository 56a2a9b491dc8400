/** What every store must do for `@room`: who may use it, whom it mentions, and that counts and lists agree. */
import { describe, expect, it } from 'vitest'
import { everyone } from '../../../../src/shared/mentions.ts'
import { limits } from '../../../../src/shared/protocol/limits.ts'
import type { User } from '../../../../src/shared/protocol/types.ts'
import { userNamed, viewer } from '../../../support/clients/users.ts'
import { tea } from '../../../support/server/populate.ts'
import { StoreFixture } from '../../fixture.ts'
import type { Backend } from '../contract.ts'

export function roomMentionsContract(backend: Backend): void {
  const open = (t: Parameters<Backend['place']>[0]) => StoreFixture.open(t, backend)

  /** How many mentions are counted for the user in the room, and the texts in their list of mentions. */
  async function seenBy({ store }: StoreFixture, user: User): Promise<[number | undefined, string[]]> {
    const summary = await store.rooms.summary(viewer(user), tea)
    const { messages } = await store.log.addressed(viewer(user))
    return [summary?.mentions, messages.map(({ data }) => data)]
  }
  /** Anna, Cai and Bo are in the room. With the others it has so many members. */
  async function fill({ store }: StoreFixture, members: number): Promise<User[]> {
    const others = await Promise.all(Array.from({ length: members - 3 }, (_, i) => userNamed(store, `Guest ${i}`)))
    for (const { id } of others) await store.rooms.join(id, tea)
    return others
  }
  const everybody = [{ id: everyone.id, name: everyone.name }]

  describe(`${backend.name} store, @room`, () => {
    it('mentions everybody but its author in a small room, also when a guest writes it', async (t) => {
      const fixture = await open(t)
      const { anna, bo, cai, eve } = fixture
      const [guest] = await fill(fixture, limits.maxMembersForRoomMention)
      const { entry } = await fixture.write(bo, tea, { data: 'tea, @Room!' })
      expect(entry).toMatchObject({ mentions: everybody })
      for (const user of [anna, cai, guest as User]) expect(await seenBy(fixture, user)).toEqual([1, ['tea, @Room!']])
      expect(await seenBy(fixture, bo)).toEqual([0, []])
      expect(await seenBy(fixture, eve)).toEqual([0, []])
      await fixture.store.rooms.markRead(anna, tea, entry.id)
      expect(await seenBy(fixture, anna)).toEqual([0, ['tea, @Room!']])
    })
    it('is plain text in a larger room, unless a moderator writes it in a verified session', async (t) => {
      const fixture = await open(t)
      const { anna, bo, cai, ada } = fixture
      await fill(fixture, limits.maxMembersForRoomMention + 1)
      expect((await fixture.write(bo, tea, { data: '@room' })).entry).not.toHaveProperty('mentions')
      const unverified = await fixture.write(cai, tea, { data: '@room' }, { unverified: true })
      expect(unverified.entry).not.toHaveProperty('mentions')
      expect(await seenBy(fixture, anna)).toEqual([0, []])
      for (const by of [cai, ada]) {
        expect((await fixture.write(by, tea, { data: `@room, ${by.name}` })).entry).toMatchObject({
          mentions: everybody,
        })
      }
      expect(await seenBy(fixture, anna)).toEqual([2, ['@room, Ada', '@room, Cai']])
    })
    it('is no mention where a name is none', async (t) => {
      const fixture = await open(t)
      for (const data of ['`@room`', 'a@room.example', '\\@room', '@roommate']) {
        expect((await fixture.write(fixture.bo, tea, { data })).entry).not.toHaveProperty('mentions')
      }
    })
    it('follows edits and deletions', async (t) => {
      const fixture = await open(t)
      const { anna, bo, cai } = fixture
      const { entry } = await fixture.write(bo, tea, { data: 'tea' })
      await fixture.write(bo, tea, { type: 'edit', ref: entry.id, data: '@room tea' })
      expect(await seenBy(fixture, anna)).toEqual([1, ['@room tea']])
      await fixture.write(bo, tea, { type: 'edit', ref: entry.id, data: '@room, more tea' })
      expect(await seenBy(fixture, anna)).toEqual([1, ['@room, more tea']])
      await fixture.write(bo, tea, { type: 'edit', ref: entry.id, data: 'tea' })
      expect(await seenBy(fixture, anna)).toEqual([0, []])
      await fixture.write(bo, tea, { type: 'edit', ref: entry.id, data: '@room' })
      const { action = 0 } = await fixture.write(cai, tea, { type: 'delete', ref: entry.id })
      expect(await seenBy(fixture, anna)).toEqual([0, []])
      await fixture.pieces(await fixture.moderateForId(cai, { type: 'undo', action }))
      expect(await seenBy(fixture, anna)).toEqual([1, ['@room']])
      expect(await seenBy(fixture, bo)).toEqual([0, []])
    })
    it('is not brought back in a larger room by the moderator who restores a text', async (t) => {
      const fixture = await open(t)
      const { anna, bo, cai } = fixture
      await fill(fixture, limits.maxMembersForRoomMention + 1)
      const { entry } = await fixture.write(bo, tea, { data: '@room' })
      const { action = 0 } = await fixture.write(cai, tea, { type: 'delete', ref: entry.id })
      await fixture.pieces(await fixture.moderateForId(cai, { type: 'undo', action }))
      expect(await seenBy(fixture, anna)).toEqual([0, []])
    })
    it('counts a message once that mentions the user by name too', async (t) => {
      const fixture = await open(t)
      const { anna, bo } = fixture
      const { entry } = await fixture.write(bo, tea, { data: '@Anna, @room' })
      expect(await seenBy(fixture, anna)).toEqual([1, ['@Anna, @room']])
      await fixture.write(bo, tea, { type: 'edit', ref: entry.id, data: '@room' })
      expect(await seenBy(fixture, anna)).toEqual([1, ['@room']])
      await fixture.write(bo, tea, { type: 'edit', ref: entry.id, data: '@Anna' })
      expect(await seenBy(fixture, anna)).toEqual([1, ['@Anna']])
      expect(await seenBy(fixture, fixture.cai)).toEqual([0, []])
    })
    it('mentions a user of that name besides, and alone where it does not mention everybody', async (t) => {
      const fixture = await open(t)
      const { store, bo, cai } = fixture
      const [room, service] = [await userNamed(store, 'room'), await userNamed(store, 'Room Service')]
      for (const { id } of [room, service]) await store.rooms.join(id, tea)
      expect((await fixture.write(bo, tea, { data: '@room' })).entry).toMatchObject({
        mentions: [...everybody, { id: room.id, name: 'room' }],
      })
      const longer = await fixture.write(bo, tea, { data: '@room service' })
      expect(longer.entry).toMatchObject({ mentions: [{ id: service.id, name: 'Room Service' }] })
      await fill(fixture, limits.maxMembersForRoomMention)
      const alone = await fixture.write(bo, tea, { data: '@room' })
      expect(alone.entry).toMatchObject({ mentions: [{ id: room.id, name: 'room' }] })
      expect(await seenBy(fixture, cai)).toEqual([1, ['@room']])
      expect((await seenBy(fixture, room))[0]).toBe(2)
    })
    it('of a blocked user, in a request and in a room that one has left mentions nobody', async (t) => {
      const fixture = await open(t)
      const { store, anna, bo, cai, eve } = fixture
      await fixture.write(bo, tea, { data: '@room' })
      await fixture.moderate(anna, { type: 'block', user: bo.id, isOn: true })
      expect(await seenBy(fixture, anna)).toEqual([0, []])
      await fixture.moderate(anna, { type: 'block', user: bo.id, isOn: false })
      expect(await seenBy(fixture, anna)).toEqual([1, ['@room']])
      await fixture.moderate(cai, { type: 'leave', room: tea })
      expect(await seenBy(fixture, cai)).toEqual([0, []])
      const { room } = await store.rooms.create({
        viewer: viewer(bo),
        kind: 'private',
        address: '~request',
        name: 'request',
        topic: '',
        users: [eve.id],
        key: 'request',
        at: 1,
      })
      await fixture.write(bo, room, { data: '@room, come' })
      expect((await store.log.addressed(viewer(eve))).messages).toEqual([])
      expect((await store.rooms.summary(viewer(eve), room))?.mentions).toBe(0)
      await fixture.moderate(eve, { type: 'accept', room })
      expect((await store.log.addressed(viewer(eve))).messages).toHaveLength(1)
      expect((await store.rooms.summary(viewer(eve), room))?.mentions).toBe(1)
    })
    it('stands among the other mentions in the order of writing, over several pages', async (t) => {
      const fixture = await open(t)
      const { anna, bo, store } = fixture
      const said = Array.from({ length: 120 }, (_, i) => (i % 3 ? `@room ${i}` : `@Anna ${i}`))
      for (const data of said) await fixture.write(bo, tea, { data })
      const listed: string[] = []
      let next: number | undefined
      do {
        const page = await store.log.addressed(viewer(anna), next)
        listed.push(...page.messages.map(({ data }) => data))
        next = page.next
      } while (next !== undefined)
      expect(listed).toEqual(said.toReversed())
      expect((await seenBy(fixture, anna))[0]).toBe(said.length)
    })
    it('is the next mention after an id, like a mention by name', async (t) => {
      const fixture = await open(t)
      const { anna, bo, cai, store } = fixture
      const said = ['one', '@room 2', 'three', '@Anna 4', '@Cai 5']
      for (const data of said) await fixture.write(bo, tea, { data })
      const next = async (user: User) => {
        const found: number[] = []
        let id = await store.log.nextMention(user, tea, 0)
        while (id !== undefined) {
          found.push(id)
          id = await store.log.nextMention(user, tea, id)
        }
        return found
      }
      const { last = 0 } = (await store.rooms.summary(viewer(anna), tea)) ?? {}
      expect(await next(anna)).toEqual([last - 3, last - 1])
      expect(await next(cai)).toEqual([last - 3, last])
      expect(await next(bo)).toEqual([])
    })
    it('goes with a room that is deleted', async (t) => {
      const fixture = await open(t)
      await fixture.write(fixture.bo, tea, { data: '@room' })
      await fixture.pieces(await fixture.moderateForId(fixture.owen, { type: 'delete-room', room: tea }))
      expect(await seenBy(fixture, fixture.anna)).toEqual([undefined, []])
    })
  })
}
