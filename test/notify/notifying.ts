/** A notifier with a real store, and push services and a mail server that answer what a test wants. */
import { vi } from 'vitest'
import { Messenger } from '../../src/server/notify/messenger.ts'
import { Notifier } from '../../src/server/notify/notifier.ts'
import { newVapidKeys, Push } from '../../src/server/notify/push.ts'
import type { Post, Posting } from '../../src/server/outgoing/post.ts'
import type { NotificationStore, SessionExpiry } from '../../src/server/store/store.ts'
import { dayMs, minuteMs } from '../../src/shared/durations.ts'
import { Language } from '../../src/shared/language.ts'
import { en } from '../../src/shared/locales/en/index.ts'
import { zh } from '../../src/shared/locales/zh/index.ts'
import type { User } from '../../src/shared/protocol/types.ts'
import { defaultSettings } from '../../src/shared/server-settings.ts'
import { sqliteBackend } from '../store/backends.ts'
import { StoreFixture } from '../store/fixture.ts'
import { recordedLog } from '../support/recorded-log.ts'
import type { Cleanup } from '../support/server/server.ts'
import { type PushBrowser, startPushService } from '../support/services/push-service.ts'

export const mozilla = 'https://updates.push.services.mozilla.com/wpush/v2/'
export const google = 'https://fcm.googleapis.com/fcm/send/'

const languages = { en: new Language('en', en), zh: new Language('zh', zh) }

/** The clock of the notifier is ahead of that of push: no delay of emails and no short wait of a browser is left. */
const aheadMs = 30 * minuteMs

export async function notifying(t: Cleanup) {
  const fixture = await StoreFixture.open(t, sqliteBackend)
  const service = await startPushService(t)
  const { log } = recordedLog()
  const posted: string[] = []
  const headers: Posting['headers'][] = []
  const browsers = new Map<string, PushBrowser>()
  // biome-ignore lint/suspicious/noExplicitAny: JSON that a test looks at
  const pushed: any[] = []
  const state: { answer: (url: string) => ReturnType<Post>; now: () => number; expiry?: SessionExpiry } = {
    now: () => Date.now() + aheadMs,
    answer: async () => ({ type: 'answered', status: 201, body: '' }) as Awaited<ReturnType<Post>>,
  }
  const post: Post = (request) => {
    posted.push(request.url)
    headers.push(request.headers)
    pushed.push(JSON.parse(browsers.get(request.url)?.decrypt(Buffer.from(request.body)) ?? '{}'))
    return state.answer(request.url)
  }
  const push = new Push({ post, keys: newVapidKeys(), subject: 'https://chat.example.org', log })
  const mailed: number[] = []
  const mail = vi.fn(async (digest: { user: User; told: { roomId: number; to: number }[] }) => {
    mailed.push(digest.user.id)
    return { userId: digest.user.id, told: digest.told }
  })
  const settings = { now: defaultSettings }
  const messenger = new Messenger({ push, mail, languageOf: (code) => languages[code], epoch: 'e', settings })
  let store: NotificationStore = fixture.store.notifications
  const notifications = new Proxy({} as NotificationStore, {
    get: (_, name: keyof NotificationStore) => (store[name] as (...of: unknown[]) => unknown).bind(store),
  })
  /** As on a node that leads from now on. */
  function another(): Notifier {
    const usual = { canGuestsView: () => true, sessionExpiry: () => state.expiry, graceMs: 0, retryMs: 1 }
    const made = new Notifier({ store: { notifications }, messenger, log, now: () => state.now(), ...usual })
    t.onTestFinished(() => made.close())
    return made
  }
  const notifier = another()
  async function subscribe(user: User, endpoint: string): Promise<void> {
    const tokenHash = new Uint8Array(32).map(() => Math.floor(Math.random() * 256))
    const { session } = await fixture.store.sessions.start({
      tokenHash,
      user,
      at: Date.now(),
      credential: { type: 'store' },
    })
    const browser = service.newBrowser()
    browsers.set(endpoint, browser)
    const { keys } = browser.subscription
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
  return { fixture, notifier, another, posted, headers, pushed, state, mail, mailed, subscribe, confirmMail, failing }
}
