/** What every store must do for the pages of admins: the audit log by filters, and what the data weigh. */
import { describe, expect, it } from 'vitest'
import type { AuditQuery } from '../../../../src/server/store/store.ts'
import type { User } from '../../../../src/shared/protocol/types.ts'
import { viewer } from '../../../support/clients/users.ts'
import { den, tea } from '../../../support/server/populate.ts'
import { ban, inAnHour, StoreFixture } from '../../fixture.ts'
import type { Backend } from '../contract.ts'

export function auditLogContract(backend: Backend): void {
  /** With one action after the other, whose ids come back. */
  async function open(t: Parameters<Backend['place']>[0]) {
    const fixture = await StoreFixture.open(t, backend)
    const mute = (room: string, user: User) => ({ type: 'mute', room, user: user.id, until: inAnHour() }) as const
    const change = (room: string, topic: string) => ({ type: 'change', room, data: { topic } }) as const
    const ids = {
      muteBo: await fixture.moderateForId(fixture.anna, mute(tea, fixture.bo)),
      topic: await fixture.moderateForId(fixture.cai, change(tea, 'leaves')),
      muteInDen: await fixture.moderateForId(fixture.anna, mute(den, fixture.bo)),
      topicInDen: await fixture.moderateForId(fixture.anna, change(den, 'secret')),
      banEve: await fixture.moderateForId(fixture.ada, ban(undefined, fixture.eve)),
    }
    /** The ids of those that came after everything else, oldest first. */
    const found = async (by: User, query: AuditQuery, limit = 1_000) => {
      const records = await fixture.store.moderation.auditLog(viewer(by), query, limit)
      return records
        .map(({ id }) => id)
        .filter((id) => id >= ids.muteBo)
        .reverse()
    }
    return { fixture, ids, found }
  }

  describe(`${backend.name} store, audit log by filters`, () => {
    it('finds what a user has done, and what was done to a user', async (t) => {
      const { fixture, ids, found } = await open(t)
      const { ada, anna, bo } = fixture
      expect(await found(anna, { actor: anna.id })).toEqual([ids.muteBo, ids.muteInDen, ids.topicInDen])
      expect(await found(anna, { user: bo.id })).toEqual([ids.muteBo, ids.muteInDen])
      expect(await found(anna, { actor: ada.id, user: bo.id })).toEqual([])
      expect(await found(anna, { actor: ada.id, user: fixture.eve.id })).toEqual([ids.banEve])
    })
    it('finds by type and by room, and by several at once', async (t) => {
      const { fixture, ids, found } = await open(t)
      const { anna, cai } = fixture
      expect(await found(anna, { type: 'mute' })).toEqual([ids.muteBo, ids.muteInDen])
      expect(await found(anna, { room: tea })).toEqual([ids.muteBo, ids.topic])
      expect(await found(anna, { room: den })).toEqual([ids.muteInDen, ids.topicInDen])
      expect(await found(anna, { room: tea, type: 'change', actor: cai.id })).toEqual([ids.topic])
      expect(await found(anna, { room: tea, type: 'change', actor: anna.id })).toEqual([])
      expect(await found(anna, { type: 'purge' })).toEqual([])
    })
    it('finds nothing by the type or the room of what the reader cannot view', async (t) => {
      const { fixture, ids, found } = await open(t)
      const { ada, anna, bo } = fixture
      expect(await found(anna, { room: den, type: 'mute' }), 'it is there').toEqual([ids.muteInDen])
      expect(await found(ada, { room: den })).toEqual([])
      expect(await found(ada, { room: den })).toEqual(await found(ada, { room: '~nowhere' }))
      expect(await found(ada, { type: 'mute' })).toEqual([ids.muteBo])
      expect(await found(ada, { type: 'change' })).toEqual([ids.topic])
      const [hidden] = await fixture.store.moderation.auditLog(viewer(ada), { user: bo.id }, 1)
      expect(hidden, 'by whom and to whom is told').toMatchObject({ id: ids.muteInDen, type: 'hidden', data: {} })
    })
    it('has pages', async (t) => {
      const { fixture, ids, found } = await open(t)
      const { anna } = fixture
      expect(await found(anna, { actor: anna.id }, 2)).toEqual([ids.muteInDen, ids.topicInDen])
      expect(await found(anna, { actor: anna.id, before: ids.muteInDen }, 2)).toEqual([ids.muteBo])
    })
  })

  describe(`${backend.name} store, storage`, () => {
    it('counts users, rooms and entries, and is as large as its database', async (t) => {
      const { fixture } = await open(t)
      const before = await fixture.store.storageFigures()
      expect(before).toMatchObject({ users: 6, rooms: 3 })
      expect(before.databaseBytes).toBeGreaterThan(8_192)
      for (let i = 0; i < 3; i++) await fixture.write(fixture.anna, den)
      const { room } = await fixture.create(fixture.anna)
      const after = await fixture.store.storageFigures()
      expect([after.rooms, after.users]).toEqual([4, 6])
      const made = (await fixture.store.rooms.summary(viewer(fixture.anna), room))?.last ?? 0
      expect(after.entries).toBe(before.entries + 3 + made)
    })
    it('leaves out rooms that were deleted', async (t) => {
      const { fixture } = await open(t)
      const before = await fixture.store.storageFigures()
      const action = await fixture.moderateForId(fixture.ada, { type: 'delete-room', room: tea })
      await fixture.pieces(action)
      const after = await fixture.store.storageFigures()
      expect(after.rooms).toBe(before.rooms - 1)
      expect(after.entries).toBeLessThan(before.entries)
    })
  })
}
