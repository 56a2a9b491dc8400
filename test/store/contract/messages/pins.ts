/** What every store must do for pinned messages. */
import { describe, expect, it } from 'vitest'
import type { ModerationAction } from '../../../../src/server/store/store.ts'
import { limits } from '../../../../src/shared/protocol/limits.ts'
import { viewer } from '../../../support/clients/users.ts'
import { den, tea } from '../../../support/server/populate.ts'
import { StoreFixture } from '../../fixture.ts'
import type { Backend } from '../contract.ts'

const pin = (ref: number, on = true, room = tea): ModerationAction => ({ type: 'pin', room, ref, on })

export function pinsContract(backend: Backend): void {
  /** With three messages in tea. */
  const open = async (t: Parameters<Backend['place']>[0]) => {
    const fixture = await StoreFixture.open(t, backend)
    for (const data of ['one', 'two', 'three']) await fixture.write(fixture.bo, tea, { type: 'chat', data })
    return fixture
  }

  describe(`${backend.name} store, pins`, () => {
    it('are entries of the log, in the order in which messages were pinned last', async (t) => {
      const fixture = await open(t)
      const { store } = fixture
      const { effects } = await fixture.moderate(fixture.anna, pin(2))
      expect(effects).toMatchObject([
        { type: 'entry', entry: { id: 4, type: 'pin', user: fixture.anna, ref: 2, on: true } },
      ])
      await fixture.moderate(fixture.anna, pin(1))
      await fixture.moderate(fixture.anna, pin(3))
      await fixture.moderate(fixture.anna, pin(2, false))
      await fixture.moderate(fixture.anna, pin(2))
      expect(await store.log.pins(tea)).toEqual([1, 3, 2])
      expect(await store.log.entriesAfter(tea, 6, 9)).toMatchObject([
        { id: 7, type: 'pin', ref: 2, on: false },
        { id: 8, type: 'pin', ref: 2, on: true },
      ])
      await fixture.write(fixture.bo, tea, { type: 'edit', ref: 3, data: '3' })
      await fixture.write(fixture.bo, tea, { type: 'react', ref: 3, data: '🍵', on: true })
      const pinned = await store.log.pinnedMessages(tea, 2)
      expect(pinned).toMatchObject([
        { id: 2, data: 'two' },
        { id: 3, data: '3', user: fixture.bo },
      ])
      expect(pinned[1]).not.toHaveProperty('reactions')
    })

    it('are set by moderators, once for a key, and changing nothing stores nothing', async (t) => {
      const fixture = await open(t)
      await expect(fixture.moderate(fixture.bo, pin(1))).rejects.toMatchObject({ code: 'forbidden' })
      await expect(fixture.moderate(fixture.cai, pin(1), { isVerified: false })).rejects.toMatchObject({
        code: 'forbidden',
      })
      await expect(fixture.moderate(fixture.eve, pin(1, true, den))).rejects.toMatchObject({ code: 'no-such-room' })
      await expect(fixture.moderate(fixture.cai, pin(9))).rejects.toMatchObject({ code: 'no-such-message' })
      const first = await fixture.moderate(fixture.cai, pin(1), { key: 'k' })
      expect(await fixture.moderate(fixture.cai, pin(1), { key: 'k' })).toEqual({ ...first, isNew: false, effects: [] })
      for (const again of [pin(1), pin(2, false)]) {
        expect(await fixture.moderate(fixture.anna, again)).toEqual({ action: undefined, isNew: false, effects: [] })
      }
      // The entry that pinned it is no message.
      await expect(fixture.moderate(fixture.cai, pin(4))).rejects.toMatchObject({ code: 'no-such-message' })
    })

    it('are set by everybody in a direct conversation', async (t) => {
      const fixture = await StoreFixture.open(t, backend)
      const { room } = await fixture.create(fixture.ada, { kind: 'direct', users: [fixture.bo.id] })
      await fixture.write(fixture.ada, room)
      expect(await fixture.moderate(fixture.bo, pin(1, true, room))).toMatchObject({ isNew: true })
      expect(await fixture.moderate(fixture.ada, pin(1, false, room))).toMatchObject({ isNew: true })
      await expect(fixture.moderate(fixture.eve, pin(1, true, room))).rejects.toMatchObject({ code: 'no-such-room' })
    })

    it('cannot be set in an archived room', async (t) => {
      const fixture = await open(t)
      await fixture.moderate(fixture.anna, { type: 'change', room: tea, data: { archived: true } })
      await expect(fixture.moderate(fixture.anna, pin(1))).rejects.toMatchObject({ code: 'read-only' })
    })

    it('go with a deleted message and do not come back with it', async (t) => {
      const fixture = await open(t)
      for (const id of [1, 2]) await fixture.moderate(fixture.anna, pin(id))
      const { action = 0 } = await fixture.write(fixture.cai, tea, { type: 'delete', ref: 1 })
      expect(await fixture.store.log.pins(tea)).toEqual([2])
      const undone = await fixture.undo(fixture.cai, action)
      await fixture.pieces(undone.action ?? 0)
      expect(await fixture.texts(tea)).toContain('one')
      expect(await fixture.store.log.pins(tea)).toEqual([2])
      await expect(fixture.moderate(fixture.anna, pin(1))).resolves.toMatchObject({ isNew: true })
    })

    it('are in the audit log and can be undone while they are as the action left them', async (t) => {
      const fixture = await open(t)
      const pinning = await fixture.moderateForId(fixture.anna, pin(1))
      const [record] = await fixture.store.moderation.auditLog(viewer(fixture.ada), {}, 1)
      expect(record).toMatchObject({ type: 'pin', room: tea, data: { message: 1, on: true }, undoable: true })
      await fixture.undo(fixture.anna, pinning)
      expect(await fixture.store.log.pins(tea)).toEqual([])
      const again = await fixture.moderateForId(fixture.anna, pin(1))
      const unpinning = await fixture.moderateForId(fixture.anna, pin(1, false))
      await expect(fixture.undo(fixture.anna, again)).rejects.toMatchObject({ code: 'forbidden' })
      await fixture.undo(fixture.anna, unpinning)
      expect(await fixture.store.log.pins(tea)).toEqual([1])
    })

    it('are limited in number', async (t) => {
      const fixture = await open(t)
      for (let i = 4; i <= limits.maxPins + 1; i++) await fixture.write(fixture.bo, tea)
      for (let id = 1; id <= limits.maxPins; id++) await fixture.moderate(fixture.anna, pin(id))
      await expect(fixture.moderate(fixture.anna, pin(limits.maxPins + 1))).rejects.toMatchObject({ code: 'forbidden' })
      await fixture.moderate(fixture.anna, pin(1, false))
      await fixture.moderate(fixture.anna, pin(limits.maxPins + 1))
      expect(await fixture.store.log.pins(tea)).toHaveLength(limits.maxPins)
    })
  })
}
