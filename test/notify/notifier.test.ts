/** The notifier with a real store, and with a store, push services and a mail server that fail or are slow. */
import { describe, expect, it } from 'vitest'
import { serviceOf } from '../../src/server/notify/push-hosts.ts'
import type { Post } from '../../src/server/outgoing/post.ts'
import { minuteMs } from '../../src/shared/durations.ts'
import { den, tea } from '../support/server/populate.ts'
import { google, mozilla, notifying } from './notifying.ts'

describe('the notifier', () => {
  it('does again what it could not read, or not keep', async (t) => {
    const { fixture, notifier, posted, mailed, subscribe, confirmMail, failing } = await notifying(t)
    const { anna, bo } = fixture
    await subscribe(anna, `${google}anna`)
    await confirmMail(anna, 'anna@example.org')
    const times = { reachable: 0, pendingRooms: 1, nextPush: 1, nextMail: 1, concerned: 1 }
    failing(times)
    await notifier.start()
    const { entry } = await fixture.write(bo, tea, { data: '@Anna' })
    notifier.hear({ type: 'entry', entry })
    await notifier.settled()
    expect(times.concerned).toBe(0)
    // What was not looked at then is looked at the next time somebody writes, or after half a minute.
    notifier.hear({ type: 'entry', entry })
    await expect.poll(() => [posted.length, mailed.length], { timeout: 20_000 }).toEqual([1, 1])
    expect(times).toEqual({ reachable: 0, pendingRooms: expect.any(Number), nextPush: 0, nextMail: 0, concerned: 0 })
  })
  it('starts though nothing can be read', async (t) => {
    const { fixture, notifier, subscribe, failing } = await notifying(t)
    await subscribe(fixture.anna, `${google}anna`)
    failing({ reachable: 1 })
    await expect(notifier.start()).resolves.toBeUndefined()
  })
  it('keeps nobody waiting for a push service or a mail server that does not answer', async (t) => {
    const { fixture, notifier, posted, state, mail, subscribe, confirmMail } = await notifying(t)
    const { anna, bo, cai } = fixture
    const held = Promise.withResolvers<void>()
    t.onTestFinished(() => held.resolve())
    mail.mockImplementation(async () => {
      await held.promise
      throw new Error('too late')
    })
    for (let i = 0; i < 18; i++) {
      const user = await fixture.store.accounts.openGuest(`Slow${i}`, `slow${i}`)
      await fixture.store.rooms.join(user.id, tea)
      await subscribe(user, `${mozilla}${i}`)
      await confirmMail(user, `slow${i}@example.org`)
    }
    state.answer = async (url) => {
      if (url.startsWith(mozilla)) await held.promise
      return { type: 'answered', status: 201, body: '' } as Awaited<ReturnType<Post>>
    }
    const names = Array.from({ length: 18 }, (_, i) => `@Slow${i}`)
    await fixture.write(bo, tea, { data: names.join(' ') })
    await notifier.start()
    await expect.poll(() => posted.filter((url) => url.startsWith(mozilla)).length, { timeout: 20_000 }).toBe(16)
    await subscribe(anna, `${google}anna`)
    notifier.hear({ type: 'notifications', user: anna.id })
    const { entry } = await fixture.write(cai, tea, { data: '@Anna' })
    const isTold = () => {
      notifier.hear({ type: 'entry', entry })
      return posted.some((url) => url.startsWith(google))
    }
    await expect.poll(isTold, { timeout: 20_000 }).toBe(true)
    expect(posted.filter((url) => url.startsWith(mozilla))).toHaveLength(16)
    held.resolve()
  })
  it('says how urgent a message is, and which one it replaces', async (t) => {
    const { fixture, notifier, headers, subscribe } = await notifying(t)
    const { anna, bo } = fixture
    await subscribe(anna, `${google}anna`)
    await fixture.store.notifications.set(anna.id, { level: 'all' })
    await notifier.start()
    const tell = async (room: string, data: string) => {
      const { entry } = await fixture.write(bo, room, { data })
      notifier.hear({ type: 'entry', entry })
      const before = headers.length
      await expect.poll(() => headers.length, { timeout: 20_000 }).toBe(before + 1)
      await notifier.settled()
      return headers.at(-1)
    }
    const usual = await tell(tea, 'hello')
    expect(usual).toMatchObject({ Urgency: 'normal', TTL: '86400', Topic: expect.stringMatching(/^[\w-]{32}$/) })
    expect(await tell(tea, 'hello @Anna')).toMatchObject({ Urgency: 'high', Topic: usual?.Topic })
    const other = await tell(den, 'hello')
    expect(other?.Urgency).toBe('normal')
    expect(other?.Topic).not.toBe(usual?.Topic)
  })
  it('pushes nothing to the browser of a session that has expired', async (t) => {
    const { fixture, notifier, posted, state, subscribe } = await notifying(t)
    const { anna, bo } = fixture
    await subscribe(anna, `${google}anna`)
    await fixture.write(bo, tea, { data: '@Anna' })
    state.expiry = { startedAt: 0, seenAt: Date.now() + minuteMs }
    await notifier.start()
    await notifier.settled()
    expect(posted).toEqual([])
    delete state.expiry
    notifier.hear({ type: 'notifications', user: anna.id })
    await notifier.settled()
    expect(posted).toEqual([`${google}anna`])
  })
  it('takes the text of a deleted message away, and shows an edited one as it is', async (t) => {
    const { fixture, notifier, subscribe } = await notifying(t)
    const { anna, bo } = fixture
    const { notifications } = fixture.store
    await subscribe(anna, `${google}anna`)
    const next = () =>
      notifications.nextPush(anna.id, tea, { at: Date.now() + minuteMs, graceMs: 0, canGuestsView: true })
    const write = async (data: string) => {
      const { entry } = await fixture.write(bo, tea, { data })
      await notifier.start()
      await notifier.settled()
      return entry
    }
    const first = await write('hello @Anna')
    const { entry: second } = await fixture.write(bo, tea, { data: '@Anna the password is 1234' })
    notifier.hear({ type: 'entry', entry: second })
    await notifier.settled()
    await expect.poll(next, { timeout: 20_000 }).toEqual({ type: 'none', isShown: true })
    await fixture.write(bo, tea, { type: 'delete', ref: second.id })
    expect(await next()).toMatchObject({ type: 'message', message: { id: first.id }, count: 1, isUpdate: true })
    const { entry: removal } = await fixture.write(bo, tea, { type: 'edit', ref: first.id, data: 'hi @Anna' })
    notifier.hear({ type: 'entry', entry: removal })
    await expect.poll(next, { timeout: 20_000 }).toEqual({ type: 'none', isShown: true })
    await fixture.write(bo, tea, { type: 'edit', ref: first.id, data: 'welcome @Anna' })
    expect(await next()).toMatchObject({ message: { data: 'welcome @Anna' }, isUpdate: true })
  })
})

describe('a push service', () => {
  it('is one, whatever its hosts are called', () => {
    expect(serviceOf('https://a.notify.windows.com/x')).toBe(serviceOf('https://b.notify.windows.com/x'))
    expect(serviceOf(`${google}x`)).not.toBe(serviceOf(`${mozilla}x`))
    expect(serviceOf('http://127.0.0.1:99/x')).toBe('127.0.0.1:99')
  })
})
