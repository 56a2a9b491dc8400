/** The subscription of this browser, by which the server reaches it when no page is open (Web Push). */
import { secondMs } from '../../shared/durations.ts'
import type { LanguageCode } from '../../shared/language.ts'
import type { NotificationsFrame } from '../../shared/protocol/frames.ts'
import type { Chat } from '../app/chat.ts'
import { noteReceiver } from '../session/receiver.ts'
import { pushKey } from '../session/storage-keys.ts'

type Asks = Pick<Chat, 'ask' | 'user'>

/** The browser, or its push service, gave no subscription. */
export class PushServiceError extends Error {
  constructor(cause: unknown) {
    super('The push service gave no subscription.', { cause })
    this.name = 'PushServiceError'
  }
}

/**
 * Has the server push to this browser from now on. The permission was given.
 * @param key of the server
 * @throws PushServiceError; CommandError when the server refuses
 */
export async function subscribe(chat: Asks, key: string, language: LanguageCode): Promise<void> {
  const { id } = chat.user
  const before = wanted(id)
  // Another tab would take a subscription that nobody wants for another user's.
  if (before === undefined) want(id)
  try {
    const endpoint = await subscribeHere(chat, key, language, before)
    want(id, endpoint)
    await noteReceiver(id)
  } catch (error) {
    if (before === undefined) await unsubscribe()
    throw error
  }
}

async function subscribeHere(chat: Asks, key: string, language: LanguageCode, before?: string): Promise<string> {
  if (!(await current())) throw new PushServiceError('There is no service worker.')
  const subscription = await subscriptionFor(await navigator.serviceWorker.ready, key)
  const { endpoint = '', keys: { p256dh = '', auth = '' } = {} } = subscription.toJSON()
  const replaces = before && before !== endpoint ? { replaces: before } : {}
  await chat.ask({ type: 'push-subscribe', endpoint, keys: { p256dh, auth }, language, ...replaces })
  return endpoint
}

/** Ends the subscription of this browser, of whomever it is. */
export async function unsubscribe(): Promise<void> {
  want(undefined)
  await noteReceiver(undefined)
  await (await current())?.subscription?.unsubscribe()
}

/**
 * The user signs out: nothing is shown any more, and nothing comes. The server ends the subscription with the session,
 * so it does not matter when the push service cannot be told, or takes long: signing out waits a second at most.
 */
export async function endPush(): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, secondMs)
    void closeAll()
      .catch(() => {})
      .then(() => {
        clearTimeout(timer)
        resolve()
      })
  })
}

async function closeAll(): Promise<void> {
  await noteReceiver(undefined)
  const found = await current()
  for (const shown of (await found?.registration.getNotifications?.()) ?? []) shown.close()
  await found?.subscription?.unsubscribe()
}

/**
 * Subscribes again what the user has turned on: after a new sign-in, when the browser has lost the subscription, and when the server has
 * another key. Ends what another user has turned on in this browser, and what was removed from the list of the user's browsers.
 */
export async function renew(chat: Asks, settings: NotificationsFrame, language: LanguageCode): Promise<void> {
  const found = await current()
  if (!found) return
  const { subscription } = found
  const endpoint = wanted(chat.user.id)
  const isListed = settings.subscriptions.some((one) => one.current)
  const isSame = subscription?.endpoint === endpoint
  const isRemoved = endpoint !== '' && isSame && !isListed
  if (endpoint === undefined || Notification.permission !== 'granted' || isRemoved) {
    if (subscription || endpoint !== undefined) await unsubscribe()
    return
  }
  if (!settings.push.available) return
  const { key } = settings.push
  if (!isListed || !isSame || !isFor(subscription, key)) await subscribe(chat, key, language)
  else await noteReceiver(chat.user.id)
}

/** @returns undefined where the browser has no push */
async function current() {
  try {
    const registration = await (navigator as Partial<Navigator>).serviceWorker?.getRegistration()
    if (!registration?.pushManager) return undefined
    return { registration, subscription: await registration.pushManager.getSubscription() }
  } catch {
    // Forbidden by the settings of the browser.
    return undefined
  }
}

async function subscriptionFor({ pushManager }: ServiceWorkerRegistration, key: string): Promise<PushSubscription> {
  try {
    const before = await pushManager.getSubscription()
    if (before && isFor(before, key)) return before
    // A subscription of another key stands in the way of a new one.
    await before?.unsubscribe()
    return await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytesOf(key) })
  } catch (error) {
    throw new PushServiceError(error)
  }
}

function isFor(subscription: PushSubscription | null, key: string): boolean {
  const { applicationServerKey } = subscription?.options ?? {}
  if (!applicationServerKey) return false
  const [has, wants] = [new Uint8Array(applicationServerKey), bytesOf(key)]
  return has.length === wants.length && has.every((byte, index) => byte === wants[index])
}

function bytesOf(base64Url: string): Uint8Array<ArrayBuffer> {
  const text = atob(base64Url.replaceAll('-', '+').replaceAll('_', '/'))
  return Uint8Array.from(text, (character) => character.charCodeAt(0))
}

/** The endpoint of the user's subscription in this session; empty in a new session; undefined when they have turned nothing on here. */
function wanted(user: number): string | undefined {
  try {
    const [owner, endpoint] = (localStorage.getItem(pushKey) ?? '').split(' ')
    return owner === String(user) ? (endpoint ?? '') : undefined
  } catch {
    // Storage may be forbidden: then the browser has no service worker either.
    return undefined
  }
}

function want(user: number | undefined, endpoint?: string): void {
  try {
    if (user === undefined) localStorage.removeItem(pushKey)
    else localStorage.setItem(pushKey, `${user} ${endpoint ?? ''}`)
  } catch {
    // As above.
  }
}
