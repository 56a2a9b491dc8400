/** What every store must do when a push service takes nothing for a while, and when a browser has another subscription. */
import { describe, expect, it } from 'vitest'
import { minuteMs } from '../../../../src/shared/durations.ts'
import { limits } from '../../../../src/shared/protocol/limits.ts'
import { den, tea } from '../../../support/server/populate.ts'
import type { Backend } from '../contract.ts'
import { openNotified, refusedUntil } from './notified.ts'

type Test = Parameters<Backend['place']>[0]

export function pushedAgainContract(backend: Backend): void {
  const opened = (t: Test) => openNotified(t, backend)

  describe(`${backend.name} store, notifications`, () => {
    it('are sent again to the push service that has not taken them, and to no other', async (t) => {
      const { fixture, subscribed, told, note, next, notifications, texts } = await opened(t)
      const { anna, bo } = fixture
      for (let i = 0; i < 2; i++) await subscribed(anna)
      await fixture.write(bo, tea, { data: '@Anna' })
      const found = await told(anna)
      const [one, other] = found.targets.map(({ id }) => id)
      if (!one || !other) throw new Error('There are not two.')
      const at = Date.now()
      const retryAt = at + minuteMs
      const failed = { subscription: one, at, type: 'failed', reason: 'refused', status: 503, retryAt } as const
      await note(anna, found, { attempts: [failed, { subscription: other, at, type: 'sent' }] })
      expect(await next(anna, tea, { at: at + 1_000 })).toEqual({
        type: 'wait',
        ms: minuteMs - 1_000,
        isShown: true,
      })
      const again = await told(anna, tea, { at: retryAt })
      expect(again.targets).toMatchObject([{ id: one, failures: 1 }])
      expect((await notifications.subscriptions(anna.id))[0]).toMatchObject({
        lastError: { at, reason: 'refused', status: 503 },
      })
      // A second message while it waits: it is told later, once.
      await fixture.write(bo, tea, { data: 'more @Anna' })
      const more = await told(anna, tea, { at: at + 20_000 })
      expect(more.targets.map(({ id }) => id)).toEqual([other])
      await note(anna, more)
      const last = await told(anna, tea, { at: retryAt })
      expect(last).toMatchObject({ message: { data: 'more @Anna' }, count: 2, targets: [{ id: one }] })
      await note(anna, last)
      expect(await texts(anna)).toBe('none')
      expect((await notifications.subscriptions(anna.id))[0]?.lastError).toBeUndefined()
      await notifications.noteTest({ subscription: one, at, type: 'gone' })
      expect((await notifications.subscriptions(anna.id)).map(({ id }) => id)).toEqual([other])
    })
    it('are not sent again to a browser that has them, whose push service takes nothing else', async (t) => {
      const { fixture, subscribed, told, note, next } = await opened(t)
      const { anna, bo } = fixture
      for (let i = 0; i < 2; i++) await subscribed(anna)
      await fixture.write(bo, tea, { data: '@Anna' })
      const found = await told(anna)
      const [has, misses] = found.targets.map(({ id }) => id)
      if (!has || !misses) throw new Error('There are not two.')
      const at = Date.now()
      const retryAt = at + minuteMs
      await note(anna, found, {
        attempts: [{ subscription: has, at, type: 'sent' }, refusedUntil(retryAt, misses, at)],
      })
      await fixture.write(bo, den, { data: '@Anna' })
      const other = await told(anna, den, { at: at + 20_000 })
      expect(other.targets.map(({ id }) => id)).toEqual([has])
      await note(anna, other, { at: at + 20_000, attempts: [refusedUntil(at + 10 * minuteMs, has, at)] })
      const again = await told(anna, tea, { at: retryAt })
      expect(again.targets.map(({ id }) => id)).toEqual([misses])
      await note(anna, again, { at: retryAt, attempts: [{ subscription: misses, at: retryAt, type: 'sent' }] })
      expect(await next(anna, tea, { at: at + 11 * minuteMs })).toEqual({ type: 'none', isShown: true })
      const waiting = await told(anna, den, { at: at + 11 * minuteMs })
      expect(waiting.targets.map(({ id }) => id)).toContain(has)
    })
    it('that wait are sent to the subscription that replaces the only one', async (t) => {
      const { fixture, subscribed, told, note, texts, next } = await opened(t)
      const { anna, bo } = fixture
      const first = await subscribed(anna)
      await fixture.write(bo, tea, { data: 'in quiet hours @Anna' })
      const second = await subscribed(anna, { session: first.session, replaces: first.endpoint })
      const found = await told(anna)
      expect(found).toMatchObject({
        message: { data: 'in quiet hours @Anna' },
        targets: [{ endpoint: second.endpoint }],
      })
      const at = Date.now()
      await note(anna, found, { attempts: [refusedUntil(at + minuteMs, found.targets[0]?.id ?? 0, at)] })
      expect((await next(anna, tea, { at })).type).toBe('wait')
      const third = await subscribed(anna, { session: first.session, replaces: second.endpoint })
      const again = await told(anna)
      expect(again.targets.map(({ endpoint }) => endpoint)).toEqual([third.endpoint])
      await note(anna, again)
      expect(await texts(anna)).toBe('none')
    })
    it('are sent to a subscription that replaces one of as many as there may be', async (t) => {
      const { fixture, subscribed, notifications } = await opened(t)
      const first = await subscribed(fixture.anna)
      const more = { session: first.session }
      for (let i = 1; i < limits.maxPushSubscriptions; i++) await subscribed(fixture.anna, more)
      const { endpoint } = await subscribed(fixture.anna, { ...more, replaces: first.endpoint })
      const endpoints = (await notifications.subscriptions(fixture.anna.id)).map((one) => one.endpoint)
      expect(endpoints).toHaveLength(limits.maxPushSubscriptions)
      expect([endpoints.includes(first.endpoint), endpoints.includes(endpoint)]).toEqual([false, true])
      await subscribed(fixture.bo, { replaces: endpoint })
      expect(await notifications.subscriptions(fixture.anna.id), 'of another user').toHaveLength(endpoints.length)
    })
  })
}
