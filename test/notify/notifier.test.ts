/** The notifier with a real store, and with a store, push services and a mail server that fail or are slow. */
import { describe, expect, it, vi } from 'vitest'
import { Messenger } from '../../src/server/notify/messenger.ts'
import { Notifier } from '../../src/server/notify/notifier.ts'
import { newVapidKeys, Push } from '../../src/server/notify/push.ts'
import { serviceOf } from '../../src/server/notify/push-hosts.ts'
import type { Post } from '../../src/server/outgoing/post.ts'
import type { NotificationStore } from '../../src/server/store/store.ts'
import { dayMs, minuteMs } from '../../src/shared/durations.ts'
import { Language } from '../../src/shared/language.ts'
import { en } from '../../src/shared/locales/en/index.ts'
import { zh } from '../../src/shared/locales/zh/index.ts'
import type { User } from '../../src/shared/protocol/types.ts'
import { defaultSettings } from '../../src/shared/server-settings.ts'
import { sqliteBackend } from '../store/backends.ts'
import { StoreFixture } from '../store/fixture.ts'
import { recordedLog } from '../support/recorded-log.ts'
import { den, tea } from '../support/server/populate.ts'
import type { Cleanup } from '../support/server/server.ts'
import { startPushService } from '../support/services/push-service.ts'

const languages = { en: new Language('en', en), zh: new Language('zh', zh) }

async function notifying(t: Cleanup) {
  const fixture = await StoreFixture.open(t, sqliteBackend)
  const service = await startPushService(t)
  const { log } = recordedLog()
  const posted: string[] = []
  const state: { answer: (url: string) => ReturnType<Post> } = {
    answer: async () => ({ type: 'answered', status: 201, body: '' }) as Awaited<ReturnType<Post>>,
  }
  const post: Post = (request) => {
    posted.push(request.url)
    return state.answer(request.url)
  }
  const push = new Push({ post, keys: newVapidKeys(), subject: 'https://chat.example.org', log })
  const mailed: number[] = []
  const mail = vi.fn(async (digest: { user: User; told: { roomId: number; to: number }[] }) => {
    mailed.push(digest.user.id)
    return { userId: digest.user.id, told: digest.told }
  })
  const settings = { now: defaultSettings }
  const later = () => Date.now() + 30 * minuteMs
  const messenger = new Messenger({ push, mail, languageOf: (code) => languages[code], epoch: 'e', settings })
  let store: NotificationStore = fixture.store.notifications
  const notifications = new Proxy({} as NotificationStore, {
    get: (_, name: keyof NotificationStore) => (store[name] as (...of: unknown[]) => unknown).bind(store),
  })
  const notifier = new Notifier({
    store: { notifications },
    messenger,
    log,
    canGuestsView: () => true,
    now: later,
    graceMs: 0,
    retryMs: 1,
  })
  t.onTestFinished(() => notifier.close())
  async function subscribe(user: User, endpoint: string): Promise<void> {
    const tokenHash = new Uint8Array(32).map(() => Math.floor(Math.random() * 256))
    const { session } = await fixture.store.sessions.start({
      tokenHash,
      user,
      at: Date.now(),
      credential: { type: 'store' },
    })
    const { keys } = service.newBrowser().subscription
    const subscription = { userId: user.id, session: session.id, endpoint, ...keys, language: 'en', at: Date.now() }
    await fixture.store.notifications.subscribe({ ...subscription, language: 'en' })
  }
  async function confirmMail(user: User, address: string): Promise<void> {
    const linkHash = new Uint8Array(32).fill(user.id)
    const linkExpiresAt = Date.now() + dayMs
    await fixture.store.notifications.set(user.id, { mail: { address, linkHash, linkExpiresAt, token: address } })
    await fixture.store.notifications.verifyMail(linkHash, Date.now())
  }
  /** The methods fail that often. */
  function failing(times: Partial<Record<keyof NotificationStore, number>>): void {
    const real = fixture.store.notifications
    store = new Proxy(real, {
      get(of, name: keyof NotificationStore) {
        const left = times[name] ?? 0
        if (left <= 0) return (of[name] as (...of: unknown[]) => unknown).bind(of)
        return async () => {
          times[name] = left - 1
          throw new Error(`${name} fails.`)
        }
      },
    })
  }
  return { fixture, notifier, posted, state, mail, mailed, subscribe, confirmMail, failing }
}

const mozilla = 'https://updates.push.services.mozilla.com/wpush/v2/'
const google = 'https://fcm.googleapis.com/fcm/send/'

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
  it('takes a notification away from who cannot view the room any more', async (t) => {
    const { fixture, notifier, posted, subscribe } = await notifying(t)
    const { anna, bo } = fixture
    await subscribe(bo, `${google}bo`)
    await notifier.start()
    const { entry } = await fixture.write(anna, den, { data: '@Bo' })
    notifier.hear({ type: 'entry', entry })
    await expect.poll(() => posted.length, { timeout: 20_000 }).toBe(1)
    await notifier.settled()
    await fixture.moderate(anna, { type: 'kick', room: den, user: bo.id })
    const moment = { at: Date.now(), graceMs: 0, canGuestsView: true }
    expect(await fixture.store.notifications.nextPush(bo.id, den, moment)).toEqual({ type: 'none' })
    const effect = { type: 'access-changed', user: bo.id, room: den, kind: 'private', isIn: false } as const
    notifier.hear({ ...effect, canView: false })
    await expect.poll(() => posted.length, { timeout: 20_000 }).toBe(2)
  })
})

describe('a push service', () => {
  it('is one, whatever its hosts are called', () => {
    expect(serviceOf('https://a.notify.windows.com/x')).toBe(serviceOf('https://b.notify.windows.com/x'))
    expect(serviceOf(`${google}x`)).not.toBe(serviceOf(`${mozilla}x`))
    expect(serviceOf('http://127.0.0.1:99/x')).toBe('127.0.0.1:99')
  })
})
