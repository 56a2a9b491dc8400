/** What every store must do for notifications outside of an open page. */
import { describe, expect, it } from 'vitest'
import { dayMs, hourMs } from '../../../../src/shared/durations.ts'
import { limits } from '../../../../src/shared/protocol/limits.ts'
import { den, tea } from '../../../support/server/populate.ts'
import { ban } from '../../fixture.ts'
import type { Backend } from '../contract.ts'
import { digestsContract } from './digests.ts'
import { mailAddressContract } from './mail-address.ts'
import { graceMs, openNotified } from './notified.ts'
import { pushedAgainContract } from './pushed-again.ts'
import { takenAwayContract } from './taken-away.ts'
import { widerNotificationsContract } from './wider-notifications.ts'

type Test = Parameters<Backend['place']>[0]

const forbidden = { code: 'forbidden' }

export function notificationsContract(backend: Backend): void {
  mailAddressContract(backend)
  pushedAgainContract(backend)
  takenAwayContract(backend)
  digestsContract(backend)
  widerNotificationsContract(backend)
  const opened = (t: Test) => openNotified(t, backend)

  describe(`${backend.name} store, notifications`, () => {
    it('are of mentions, replies, mentions of everybody and conversations, unless the user wants others', async (t) => {
      const { fixture, subscribed, texts, told, note } = await opened(t)
      const { anna, bo } = fixture
      await subscribed(anna)
      await fixture.write(bo, tea, { data: 'nothing' })
      expect(await texts(anna)).toBe('none')
      for (const data of ['hello @Anna', '@room all of you']) {
        await fixture.write(bo, tea, { data })
        expect(await texts(anna)).toBe(data)
        await note(anna, await told(anna))
        expect(await texts(anna)).toBe('none')
      }
      const { entry } = await fixture.write(anna, tea, { data: 'mine' })
      await fixture.write(bo, tea, { data: 'a reply', reply: entry.id })
      expect(await told(anna)).toMatchObject({
        message: { data: 'a reply', user: bo },
        isDirected: true,
        count: 3,
        showsText: true,
        room: { room: tea, name: tea },
        targets: [{ p256dh: 'p', auth: 'a', language: 'en' }],
      })
      await note(anna, await told(anna))
      const talk = await fixture.create(fixture.cai, { kind: 'direct', users: [anna.id] })
      await fixture.store.notifications.set(anna.id, {})
      await fixture.moderate(anna, { type: 'accept', room: talk.room })
      await fixture.write(fixture.cai, talk.room, { data: 'psst' })
      expect(await told(anna, talk.room)).toMatchObject({
        message: { data: 'psst' },
        isDirected: true,
        badge: expect.any(Number),
      })
    })
    it('follow the level of the room, else that of the user', async (t) => {
      const { fixture, subscribed, texts, notifications } = await opened(t)
      const { anna, bo } = fixture
      await subscribed(anna)
      await fixture.write(bo, tea, { data: 'one' })
      expect(await texts(anna)).toBe('none')
      await notifications.set(anna.id, { level: 'all' })
      await fixture.write(bo, tea, { data: 'two' })
      expect(await texts(anna)).toBe('two')
      await fixture.store.rooms.setNotificationLevel(anna, tea, 'mentions')
      expect(await texts(anna)).toBe('none')
      await fixture.store.rooms.setNotificationLevel(anna, tea, 'all')
      await notifications.set(anna.id, { level: 'nothing' })
      await fixture.write(bo, tea, { data: 'three' })
      expect(await texts(anna)).toBe('three')
      await fixture.store.rooms.setNotificationLevel(anna, tea, 'default')
      expect(await texts(anna)).toBe('none')
      await fixture.write(bo, tea, { data: '@Anna' })
      expect(await texts(anna)).toBe('none')
    })
    it('are not of what was unread before the user wanted more, and what waits is told', async (t) => {
      const { fixture, subscribed, texts, notifications } = await opened(t)
      const { anna, bo } = fixture
      const { rooms } = fixture.store
      await subscribed(anna)
      const talk = await fixture.create(bo, { kind: 'direct', users: [anna.id] })
      await fixture.moderate(anna, { type: 'accept', room: talk.room })
      await rooms.setNotificationLevel(anna, talk.room, 'mentions')
      for (const room of [tea, talk.room]) await fixture.write(bo, room, { data: 'before, with oolong' })
      await fixture.write(fixture.cai, den, { data: 'waits @Anna' })
      await fixture.write(fixture.cai, den, { data: 'before, with oolong' })

      await notifications.set(anna.id, { keywords: ['oolong'] })
      expect(await texts(anna)).toBe('none')
      expect(await texts(anna, den)).not.toBe('none')
      await notifications.set(anna.id, { level: 'all', keywords: [] })
      expect(await texts(anna)).toBe('none')
      expect(await texts(anna, den)).not.toBe('none')
      await rooms.setNotificationLevel(anna, talk.room, 'default')
      expect(await texts(anna, talk.room)).toBe('none')

      for (const room of [tea, talk.room]) {
        await fixture.write(bo, room, { data: 'after' })
        expect(await texts(anna, room)).toBe('after')
      }
      await rooms.setNotificationLevel(anna, tea, 'nothing')
      await rooms.setNotificationLevel(anna, tea, 'all')
      expect(await texts(anna), 'while it was muted').toBe('none')
      await notifications.set(anna.id, { level: 'mentions', keywords: ['coffee'] })
      await fixture.write(bo, talk.room, { data: 'waits' })
      await fixture.write(bo, tea, { data: 'coffee' })
      await notifications.set(anna.id, { keywords: ['coffee', 'milk'] })
      expect([await texts(anna), await texts(anna, talk.room)]).toEqual(['coffee', 'waits'])
    })
    it('have keywords, found whatever their case, marks and width, as whole words', async (t) => {
      const { fixture, subscribed, texts, notifications } = await opened(t)
      const { anna, bo } = fixture
      await subscribed(anna)
      await notifications.set(anna.id, { keywords: ['Café', '红茶', 'green tea'] })
      for (const data of ['cafés', 'a green cup of tea', '红色的茶']) {
        await fixture.write(bo, tea, { data })
        expect(await texts(anna), data).toBe('none')
      }
      for (const data of ['in the CAFE', '来一杯红茶吧', 'Ｇreen   TEA!']) {
        await fixture.write(bo, tea, { data })
        expect(await texts(anna)).toBe(data)
      }
      expect((await notifications.settings(anna.id)).keywords).toEqual(['Café', '红茶', 'green tea'])
      await notifications.set(anna.id, { keywords: [] })
      expect(await texts(anna)).toBe('none')
    })
    it('are of nothing that the user wrote, has read, has lost, or that is by those whom they have blocked', async (t) => {
      const { fixture, subscribed, texts } = await opened(t)
      const { anna, bo, cai } = fixture
      await subscribed(anna)
      await fixture.write(anna, tea, { data: 'I am @Anna' })
      expect(await texts(anna)).toBe('none')
      const { entry: first } = await fixture.write(bo, tea, { data: 'one @Anna' })
      const { entry: second } = await fixture.write(cai, tea, { data: 'two @Anna' })
      expect(await texts(anna)).toBe('two @Anna')
      await fixture.write(cai, tea, { type: 'edit', ref: second.id, data: 'two, @Anna' })
      expect(await texts(anna), 'as it is now').toBe('two, @Anna')
      await fixture.write(cai, tea, { type: 'delete', ref: second.id })
      expect(await texts(anna)).toBe('one @Anna')
      await fixture.moderate(anna, { type: 'block', user: bo.id, isOn: true })
      expect(await texts(anna)).toBe('none')
      await fixture.moderate(anna, { type: 'block', user: bo.id, isOn: false })
      expect(await texts(anna)).toBe('one @Anna')
      await fixture.store.rooms.markRead(anna, tea, first.id)
      expect(await texts(anna)).toBe('none')
    })
    it('are given to nobody who cannot view the room any more', async (t) => {
      const { fixture, subscribed, texts, next } = await opened(t)
      const { anna, bo, cai, ada, eve } = fixture
      for (const user of [bo, cai]) await subscribed(user)
      await fixture.write(anna, den, { data: 'hello @Bo @Cai' })
      for (const user of [bo, cai]) expect(await texts(user, den)).toBe('hello @Bo @Cai')
      await fixture.moderate(anna, { type: 'kick', room: den, user: bo.id })
      expect(await texts(bo, den)).toBe('none')
      await fixture.moderate(anna, ban(den, cai))
      expect(await texts(cai, den)).toBe('none')
      await subscribed(cai)
      // Cai was added to the room, and Eve has only opened it.
      await fixture.store.rooms.join(eve.id, tea)
      await subscribed(eve)
      await fixture.write(anna, tea, { data: '@Cai @Eve' })
      for (const user of [cai, eve]) expect(await texts(user)).toBe('@Cai @Eve')
      expect((await next(cai, tea, { canGuestsView: false })).type).toBe('message')
      expect((await next(eve, tea, { canGuestsView: false })).type).toBe('none')
      await fixture.moderate(ada, ban(undefined, cai))
      expect(await texts(cai)).toBe('none')
      expect(await fixture.store.notifications.subscriptions(cai.id)).toEqual([])
    })
    it('wait until the message could have been read, and for the end of quiet hours', async (t) => {
      const { fixture, subscribed, next, notifications } = await opened(t)
      const { anna, bo } = fixture
      await subscribed(anna)
      const { entry } = await fixture.write(bo, tea, { data: '@Anna' })
      expect(await next(anna, tea, { at: entry.at + 1_000 })).toEqual({ type: 'wait', ms: graceMs - 1_000 })
      expect((await next(anna, tea, { at: entry.at - dayMs })).type, 'the clock was set back').toBe('message')
      await notifications.set(anna.id, { quiet: { from: '22:00', to: '07:00' }, timeZone: 'Asia/Shanghai' })
      const midnight = Date.UTC(2030, 0, 1, 16)
      expect(await next(anna, tea, { at: midnight })).toEqual({ type: 'wait', ms: 7 * hourMs })
      expect(await next(anna, tea, { at: midnight + 6.5 * hourMs })).toEqual({ type: 'wait', ms: hourMs / 2 })
      expect((await next(anna, tea, { at: midnight + 7 * hourMs })).type).toBe('message')
      await notifications.set(anna.id, { quiet: null })
      expect((await next(anna, tea, { at: midnight })).type).toBe('message')
    })
    it('are not repeated after a restart, nor of what the user has marked as unread', async (t) => {
      const { fixture, subscribed, told, note, texts } = await opened(t)
      const { anna, bo } = fixture
      const { entry: old } = await fixture.write(bo, tea, { data: 'before @Anna' })
      await subscribed(anna)
      expect(await texts(anna), 'it was written before').toBe('none')
      await fixture.write(bo, tea, { data: 'one @Anna' })
      await note(anna, await told(anna))
      await fixture.reopen()
      expect(
        await fixture.store.notifications.nextPush(anna.id, tea, {
          at: Date.now() + dayMs,
          graceMs,
          canGuestsView: true,
        }),
      ).toEqual({
        type: 'none',
        isShown: true,
      })
      const { entry } = await fixture.write(bo, tea, { data: 'two @Anna' })
      await fixture.store.rooms.markRead(anna, tea, entry.id)
      await fixture.store.rooms.markUnread(anna, tea, old.id)
      const again = await fixture.store.notifications.nextPush(anna.id, tea, {
        at: Date.now() + dayMs,
        graceMs,
        canGuestsView: true,
      })
      expect(again.type).toBe('none')
    })
    it('are taken away once they are read or deleted, where one was shown', async (t) => {
      const { fixture, subscribed, told, note, next, notifications } = await opened(t)
      const { anna, bo } = fixture
      await subscribed(anna)
      const { entry } = await fixture.write(bo, tea, { data: '@Anna' })
      await note(anna, await told(anna))
      await fixture.store.rooms.markRead(anna, tea, entry.id)
      const cleared = await next(anna)
      expect(cleared).toMatchObject({ type: 'clear', room: tea, to: entry.id, badge: 0, targets: [{}] })
      if (cleared.type !== 'clear') throw new Error('Nothing is taken away.')
      const at = Date.now()
      await notifications.notePush({
        userId: anna.id,
        roomId: cleared.roomId,
        to: entry.id,
        type: 'clear',
        at,
        attempts: [],
      })
      expect(await next(anna)).toEqual({ type: 'none' })
      const { entry: second } = await fixture.write(bo, tea, { data: 'again @Anna' })
      await note(anna, await told(anna))
      await fixture.write(bo, tea, { type: 'delete', ref: second.id })
      expect((await next(anna)).type).toBe('clear')
    })
    it('belong to a session: they end with it, and with that of another user in the same browser', async (t) => {
      const { fixture, subscribed, notifications } = await opened(t)
      const { anna, bo } = fixture
      const first = await subscribed(anna)
      expect(await notifications.subscriptions(anna.id)).toMatchObject([
        { session: first.session, agent: expect.stringContaining('Firefox') },
      ])
      expect(await notifications.reachable()).toEqual([anna.id])
      await subscribed(bo, { endpoint: first.endpoint })
      expect(await notifications.subscriptions(anna.id)).toEqual([])
      expect(await notifications.isReachable(anna.id)).toBe(false)
      const [moved] = await notifications.subscriptions(bo.id)
      await fixture.store.sessions.end({ id: moved?.session ?? 0, user: bo })
      expect(await notifications.reachable()).toEqual([])
      await expect(subscribed(anna, { session: 999_999 })).rejects.toMatchObject(forbidden)
      const second = await subscribed(anna)
      await subscribed(anna, { session: second.session, replaces: second.endpoint })
      expect(await notifications.subscriptions(anna.id)).toHaveLength(1)
      await notifications.unsubscribe(anna.id, { id: (await notifications.subscriptions(anna.id))[0]?.id ?? 0 })
      expect(await notifications.subscriptions(anna.id)).toEqual([])
    })
    it('are pushed to no browser of a session that has expired', async (t) => {
      const { fixture, subscribed, next } = await opened(t)
      const { anna, bo } = fixture
      const [first, second] = [await subscribed(anna), await subscribed(anna)]
      const at = Date.now()
      await fixture.store.sessions.touch(second.session, { at: at + dayMs, agent: '', address: '' })
      await fixture.write(bo, tea, { data: '@Anna' })
      const endpoints = async (startedAt: number, seenAt: number) => {
        const found = await next(anna, tea, { expiry: { startedAt, seenAt } })
        return found.type === 'message' ? found.targets.map(({ endpoint }) => endpoint) : found.type
      }
      expect(await endpoints(0, 0)).toEqual([first.endpoint, second.endpoint])
      expect(await endpoints(0, at), 'not used').toEqual([second.endpoint])
      expect(await endpoints(at, 0), 'too old').toBe('none')
    })
    it(`are pushed to at most ${limits.maxPushSubscriptions} browsers of a user`, async (t) => {
      const { fixture, subscribed, notifications } = await opened(t)
      const first = await subscribed(fixture.anna)
      const more = { session: first.session }
      for (let i = 1; i < limits.maxPushSubscriptions; i++) await subscribed(fixture.anna, more)
      await expect(subscribed(fixture.anna, more)).rejects.toMatchObject(forbidden)
      await subscribed(fixture.anna, first)
      expect(await notifications.subscriptions(fixture.anna.id)).toHaveLength(limits.maxPushSubscriptions)
    })
    it('concern only users who can be reached and may want them', async (t) => {
      const { fixture, subscribed, notifications } = await opened(t)
      const { anna, bo, cai } = fixture
      const head = async () => (await fixture.membership(anna, tea)).last
      const names = async (last: number, edits: number[] = []) =>
        (await notifications.concerned(tea, last, edits)).users
      let last = await head()
      await fixture.write(bo, tea, { data: '@Anna @Cai' })
      expect(await names(last)).toEqual([])
      for (const user of [anna, cai]) await subscribed(user)
      expect(await names(last)).toEqual([anna.id, cai.id].sort((a, b) => a - b))
      last = await head()
      const { entry } = await fixture.write(bo, tea, { data: 'hello' })
      expect(await names(last)).toEqual([])
      await notifications.set(cai.id, { level: 'all' })
      expect(await names(last)).toEqual([cai.id])
      await notifications.set(cai.id, { level: 'mentions', keywords: ['HELLO'] })
      expect(await names(last)).toEqual([cai.id])
      await notifications.set(cai.id, { keywords: [] })
      await fixture.write(bo, tea, { type: 'edit', ref: entry.id, data: 'hello @Anna' })
      last = await head()
      expect(await names(last, [entry.id])).toEqual([anna.id])
      expect(await notifications.concerned('nowhere', 0, [])).toEqual({ users: [], to: 0, more: false })
      expect((await notifications.pendingRooms(anna.id)).pushes).toContain(tea)
      expect((await notifications.writtenSince(0)).map(({ room }) => room)).toContain(tea)
    })
    it('keep the first keys towards push services', async (t) => {
      const { fixture, notifications } = await opened(t)
      const keys = { publicKey: 'a', privateKey: 'b' }
      const first = await notifications.vapidKeys(keys)
      expect(await notifications.vapidKeys({ publicKey: 'c', privateKey: 'd' })).toEqual(first)
      await fixture.reopen()
      expect(await fixture.store.notifications.vapidKeys({ publicKey: 'c', privateKey: 'd' })).toEqual(first)
    })
    it('go with the room and its subscriptions', async (t) => {
      const { fixture, subscribed, told, note, next, texts } = await opened(t)
      const { ada, bo } = fixture
      const made = await fixture.create(fixture.anna, { address: 'gone' })
      await fixture.store.rooms.join(bo.id, made.room)
      await subscribed(bo)
      await fixture.write(fixture.anna, made.room, { data: '@Bo' })
      await note(bo, await told(bo, made.room))
      await fixture.moderate(ada, { type: 'delete-room', room: made.room })
      expect(await next(bo, made.room)).toEqual({ type: 'none' })
      const again = await fixture.create(fixture.anna, { address: 'gone' })
      await fixture.store.rooms.join(bo.id, again.room)
      await fixture.write(fixture.anna, again.room, { data: 'new @Bo' })
      expect(await texts(bo, again.room)).toBe('new @Bo')
    })
  })
}
