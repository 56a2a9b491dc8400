/** What every store must do to take away notifications that are shown. */
import { describe, expect, it } from 'vitest'
import { den, tea } from '../../../support/server/populate.ts'
import type { Backend } from '../contract.ts'
import { openNotified } from './notified.ts'

type Test = Parameters<Backend['place']>[0]

export function takenAwayContract(backend: Backend): void {
  const opened = (t: Test) => openNotified(t, backend)

  describe(`${backend.name} store, notifications that are shown`, () => {
    it('are found once their user has lost access to the room, and not before', async (t) => {
      const { fixture, subscribed, told, cleared, note, next, notifications } = await opened(t)
      const { anna, bo } = fixture
      await subscribed(bo)
      await fixture.write(anna, den, { data: '@Bo' })
      await note(bo, await told(bo, den))
      expect(await notifications.outdated([anna.id, bo.id])).toEqual([])
      await fixture.moderate(anna, { type: 'kick', room: den, user: bo.id })
      const outdated = [{ user: bo.id, room: den }]
      expect(await notifications.outdated([anna.id, bo.id])).toEqual(outdated)
      expect(await notifications.outdated([anna.id])).toEqual([])
      expect(await notifications.pendingRooms(bo.id)).toEqual({ pushes: [den], mails: [] })
      await note(bo, await cleared(bo, den))
      expect(await next(bo, den)).toEqual({ type: 'none' })
      expect(await notifications.outdated([bo.id])).toEqual([])
      expect((await notifications.pendingRooms(bo.id)).pushes).toEqual([])
    })
    it('are found when their message was read, edited or deleted, or its author blocked', async (t) => {
      const { fixture, subscribed, told, note, notifications } = await opened(t)
      const { anna, bo } = fixture
      await subscribed(bo)
      const { entry } = await fixture.write(anna, tea, { data: '@Bo' })
      await note(bo, await told(bo))
      const isFound = async () => (await notifications.outdated([bo.id])).length === 1
      expect(await isFound()).toBe(false)
      await fixture.write(anna, tea, { type: 'edit', ref: entry.id, data: 'hello @Bo' })
      expect(await isFound(), 'edited').toBe(true)
      const again = await told(bo)
      await note(bo, again, { edited: again.message.edited ?? 0 })
      expect(await isFound()).toBe(false)
      await fixture.moderate(bo, { type: 'block', user: anna.id, isOn: true })
      expect(await isFound(), 'blocked').toBe(true)
      await fixture.moderate(bo, { type: 'block', user: anna.id, isOn: false })
      expect(await isFound()).toBe(false)
      await fixture.store.rooms.markRead(bo, tea, entry.id)
      expect(await isFound(), 'read').toBe(true)
      await fixture.store.rooms.markUnread(bo, tea, entry.id)
      expect(await isFound()).toBe(false)
      await fixture.write(anna, tea, { type: 'delete', ref: entry.id })
      expect(await isFound(), 'deleted').toBe(true)
    })
  })
}
