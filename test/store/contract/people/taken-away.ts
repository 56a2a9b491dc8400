/** What every store must do to take away notifications that are shown. */
import { describe, expect, it } from 'vitest'
import { minuteMs } from '../../../../src/shared/durations.ts'
import { den, tea } from '../../../support/server/populate.ts'
import type { Backend } from '../contract.ts'
import { openNotified, refusedUntil } from './notified.ts'

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
      const shown = [anna, bo].flatMap(({ id }) => [den, tea].map((room) => ({ user: id, room })))
      expect(await notifications.outdated(shown)).toEqual([])
      await fixture.moderate(anna, { type: 'kick', room: den, user: bo.id })
      const outdated = [{ user: bo.id, room: den }]
      expect(await notifications.outdated(shown)).toEqual(outdated)
      expect(await notifications.outdated([{ user: anna.id, room: den }])).toEqual([])
      expect(await notifications.outdated([{ user: bo.id, room: tea }])).toEqual([])
      expect(await notifications.pendingRooms(bo.id)).toEqual({ pushes: [den], mails: [] })
      await note(bo, await cleared(bo, den))
      expect(await next(bo, den)).toEqual({ type: 'none' })
      expect(await notifications.outdated(outdated)).toEqual([])
      expect((await notifications.pendingRooms(bo.id)).pushes).toEqual([])
    })
    it('are taken away later where the push service does not accept it now, and not before it wants', async (t) => {
      const { fixture, subscribed, told, cleared, note, next, notifications } = await opened(t)
      const { anna, bo } = fixture
      for (let i = 0; i < 2; i++) await subscribed(bo)
      const { entry } = await fixture.write(anna, tea, { data: '@Bo' })
      const found = await told(bo)
      await note(bo, found)
      await fixture.store.rooms.markRead(bo, tea, entry.id)
      const [one, other] = (await cleared(bo)).targets.map(({ id }) => id)
      if (!one || !other) throw new Error('There are not two.')
      const at = Date.now()
      const retryAt = at + minuteMs
      // The other push service has refused something else.
      await notifications.noteTest(refusedUntil(retryAt, other, at))
      const first = await cleared(bo, tea, { at })
      expect(first.targets.map(({ id }) => id)).toEqual([one])
      await note(bo, first, { at, attempts: [refusedUntil(retryAt, one, at)] })
      expect(await next(bo, tea, { at })).toEqual({ type: 'wait', ms: minuteMs })
      expect((await notifications.pendingRooms(bo.id)).pushes).toEqual([tea])
      await fixture.store.rooms.markUnread(bo, tea, entry.id)
      const again = await cleared(bo, tea, { at: retryAt })
      expect(again).toMatchObject({ to: entry.id, targets: [{ id: one }, { id: other }] })
      await note(bo, again, {
        at: retryAt,
        attempts: again.targets.map(({ id }) => ({ subscription: id, at, type: 'sent' })),
      })
      expect(await next(bo, tea, { at: retryAt })).toEqual({ type: 'none' })
    })
    it('are replaced by a newer message that comes before they could be taken away', async (t) => {
      const { fixture, subscribed, told, cleared, note, next } = await opened(t)
      const { anna, bo } = fixture
      await subscribed(bo)
      const { entry } = await fixture.write(anna, tea, { data: '@Bo' })
      await note(bo, await told(bo))
      await fixture.store.rooms.markRead(bo, tea, entry.id)
      const found = await cleared(bo)
      const [at, id] = [Date.now(), found.targets[0]?.id ?? 0]
      await note(bo, found, { at, attempts: [refusedUntil(at + minuteMs, id, at)] })
      const { entry: second } = await fixture.write(anna, tea, { data: 'more @Bo' })
      const waiting = await told(bo, tea, { at: at + 20_000 })
      expect(waiting.targets).toEqual([])
      await note(bo, waiting, { at, attempts: [] })
      expect((await next(bo, tea, { at })).type).toBe('wait')
      const later = { at: at + minuteMs }
      expect((await told(bo, tea, later)).message.data).toBe('more @Bo')
      await fixture.store.rooms.markRead(bo, tea, second.id)
      expect((await cleared(bo, tea, later)).targets, 'the first one is still shown').toMatchObject([{ id }])
    })
    it('are nothing where no push service has accepted the message', async (t) => {
      const { fixture, subscribed, told, cleared, note, next } = await opened(t)
      const { anna, bo } = fixture
      await subscribed(bo)
      const { entry } = await fixture.write(anna, tea, { data: '@Bo' })
      const found = await told(bo)
      const at = Date.now()
      await note(bo, found, { at, attempts: [refusedUntil(at + minuteMs, found.targets[0]?.id ?? 0, at)] })
      await fixture.store.rooms.markRead(bo, tea, entry.id)
      const nothing = await cleared(bo)
      expect(nothing.targets).toEqual([])
      await note(bo, nothing)
      expect(await next(bo)).toEqual({ type: 'none' })
    })
    it('are found when their message was read, edited or deleted, or its author blocked', async (t) => {
      const { fixture, subscribed, told, note, notifications } = await opened(t)
      const { anna, bo } = fixture
      await subscribed(bo)
      const { entry } = await fixture.write(anna, tea, { data: '@Bo' })
      await note(bo, await told(bo))
      const isFound = async () => (await notifications.outdated([{ user: bo.id, room: tea }])).length === 1
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
