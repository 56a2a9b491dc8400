/** What every store must do for the statuses of users. */
import { describe, expect, it } from 'vitest'
import type { Status, User } from '../../../../src/shared/protocol/types.ts'
import { viewer } from '../../../support/clients/users.ts'
import { den, tea } from '../../../support/server/populate.ts'
import { ban, hourMs, inAnHour, StoreFixture } from '../../fixture.ts'
import type { Backend } from '../contract.ts'

const brewing: Status = { text: '茶 "for two"', emoji: '🍵' }

export function statusContract(backend: Backend): void {
  const open = async (t: Parameters<Backend['place']>[0]) => {
    const fixture = await StoreFixture.open(t, backend)
    const shown = async (user: User, room = den) => {
      const [member] = await fixture.store.rooms.members(room, { after: user.id - 1, limit: 1, isWithBanned: true })
      expect(member?.user, 'must be listed for this test to mean anything').toEqual(user)
      return member?.status
    }
    return { fixture, shown }
  }

  describe(`${backend.name} store, statuses`, () => {
    it('are shown to the members of the rooms of the user, survive a restart and can be cleared', async (t) => {
      const { fixture, shown } = await open(t)
      const { bo } = fixture
      expect(await shown(bo)).toBeUndefined()
      const rooms = await fixture.store.accounts.setStatus(bo.id, brewing)
      expect(rooms.sort()).toEqual(['lobby', tea, den].sort())
      await fixture.reopen()
      expect(await shown(bo)).toEqual(brewing)
      expect(await fixture.store.accounts.get(bo.id)).toMatchObject({ status: brewing })
      await fixture.store.accounts.setStatus(bo.id, undefined)
      expect(await shown(bo)).toBeUndefined()
    })
    it('end by themselves', async (t) => {
      const { fixture, shown } = await open(t)
      const { store, bo } = fixture
      const until = Date.now() + hourMs
      await store.accounts.setStatus(bo.id, { text: 'Away', until })
      expect(await shown(bo)).toEqual({ text: 'Away', until })
      await store.accounts.setStatus(bo.id, { text: 'Away', until: Date.now() - 1 })
      expect(await shown(bo)).toBeUndefined()
      expect((await store.accounts.get(bo.id))?.status).toBeUndefined()
    })
    it('are shown of the people of direct conversations, once they have accepted', async (t) => {
      const { fixture } = await open(t)
      const { store, bo, eve } = fixture
      await store.accounts.setStatus(eve.id, brewing)
      const { room } = await fixture.create(bo, { kind: 'direct', users: [eve.id] })
      await fixture.write(bo, room)
      const people = async () => (await store.rooms.summary(viewer(bo), room))?.people
      expect(await people()).toEqual([eve])
      expect(await store.accounts.setStatus(eve.id, brewing)).not.toContain(room)
      await fixture.moderate(eve, { type: 'accept', room })
      expect(await people()).toEqual([{ ...eve, status: brewing }])
      expect(await store.accounts.setStatus(eve.id, brewing)).toContain(room)
    })
    it('are on the page of a user, with the role and when they were last seen, for people who share a room', async (t) => {
      const { fixture } = await open(t)
      const { store, anna, bo, eve } = fixture
      await store.accounts.setStatus(bo.id, brewing)
      await store.accounts.noteSeen([bo.id], 60_001)
      const profile = { role: 'guest', status: brewing, seenAt: 60_000 }
      for (const { id } of [anna, eve]) expect(await store.accounts.profile(id, bo.id)).toEqual(profile)
      await fixture.moderate(bo, { type: 'leave', room: 'lobby' })
      expect(await store.accounts.profile(eve.id, bo.id)).toBeUndefined()
      expect(await store.accounts.profile(anna.id, bo.id)).toEqual(profile)
      await fixture.moderate(bo, { type: 'block', user: anna.id, isOn: true })
      expect(await store.accounts.profile(anna.id, bo.id)).toEqual({ ...profile, seenAt: undefined })
    })
    it('are cleared by a ban from the server and by a purge, which say so; an undo does not restore them', async (t) => {
      const { fixture, shown } = await open(t)
      const { store, ada, bo } = fixture
      const content = { type: 'ban', room: undefined, user: bo.id, until: inAnHour(), ranges: [] } as const
      for (const action of [content, { type: 'purge', user: bo.id } as const]) {
        await store.accounts.setStatus(bo.id, brewing)
        const { effects, action: id = 0 } = await fixture.moderate(ada, action)
        const cleared = effects.find(({ type }) => type === 'status')
        expect(cleared).toEqual({ type: 'status', user: bo.id, status: undefined, rooms: expect.any(Array) })
        expect(cleared).toMatchObject({ rooms: expect.arrayContaining(['lobby', tea, den]) })
        expect(await shown(bo)).toBeUndefined()
        if (action.type === 'ban') await fixture.undo(ada, id)
        expect(await shown(bo)).toBeUndefined()
      }
      const { effects } = await fixture.moderate(ada, content)
      expect(effects.map(({ type }) => type)).not.toContain('status')
    })
    it('are not shown in rooms that the user has left or is banned from', async (t) => {
      const { fixture, shown } = await open(t)
      const { store, anna, bo, cai } = fixture
      await fixture.moderate(anna, ban(tea, bo))
      await fixture.moderate(cai, { type: 'leave', room: den })
      for (const { id } of [bo, cai]) await store.accounts.setStatus(id, brewing)
      expect(await shown(bo, tea)).toBeUndefined()
      expect(await shown(bo, den)).toEqual(brewing)
      expect(await store.accounts.setStatus(bo.id, brewing)).not.toContain(tea)
      expect(await store.accounts.setStatus(cai.id, brewing)).not.toContain(den)
    })
  })
}
