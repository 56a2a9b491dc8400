/** The subscription of this browser, by which the server reaches it when no page is open (Web Push). */
import type { LanguageCode } from '../../shared/language.ts'
import type { NotificationsFrame } from '../../shared/protocol/frames.ts'
import type { Chat } from '../app/chat.ts'
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
  if (!(await current())) throw new PushServiceError('There is no service worker.')
  const registration = await navigator.serviceWorker.ready
  const subscription = await subscriptionFor(registration, key)
  const { endpoint, keys } = subscription.toJSON()
  const [p256dh, auth] = [keys?.p256dh ?? '', keys?.auth ?? '']
  const replaces = wanted(chat.user.id)
  const isOther = replaces !== undefined && replaces !== '' && replaces !== endpoint
  try {
    await chat.ask({
      type: 'push-subscribe',
      endpoint: endpoint ?? '',
      keys: { p256dh, auth },
      language,
      ...(isOther && { replaces }),
    })
  } catch (error) {
    if (replaces === undefined) await subscription.unsubscribe()
    throw error
  }
  want(chat.user.id, endpoint ?? '')
}

/** Ends the subscription of this browser, of whomever it is. */
export async function unsubscribe(): Promise<void> {
  want(undefined)
  await (await current())?.subscription?.unsubscribe()
}

/** The user signs out: nothing is shown any more, and nothing comes. The server ends the subscription with the session. */
export async function endPush(): Promise<void> {
  const found = await current()
  for (const shown of (await found?.registration.getNotifications?.()) ?? []) shown.close()
  await found?.subscription?.unsubscribe()
}

/**
 * Subscribes again what the user has turned on: after a new sign-in, when the browser has lost the subscription, and when the server has
 * another key. Ends what another user has turned on in this browser, and what was removed from elsewhere.
 */
export async function renew(chat: Asks, settings: NotificationsFrame, language: LanguageCode): Promise<void> {
  const found = await current()
  if (!found) return
  const { subscription } = found
  const isWanted = wanted(chat.user.id) !== undefined
  if (!isWanted || Notification.permission !== 'granted' || settings.removed) {
    if (subscription || isWanted) await unsubscribe()
    return
  }
  if (!settings.push.available) return
  const isListed = settings.subscriptions.some(({ current }) => current)
  const isSame =
    subscription && isFor(subscription, settings.push.key) && subscription.endpoint === wanted(chat.user.id)
  if (!isListed || !isSame) await subscribe(chat, settings.push.key, language)
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

function isFor({ options }: PushSubscription, key: string): boolean {
  if (!options.applicationServerKey) return false
  const [has, wants] = [new Uint8Array(options.applicationServerKey), bytesOf(key)]
  return has.length === wants.length && has.every((byte, index) => byte === wants[index])
}

function bytesOf(base64Url: string): Uint8Array<ArrayBuffer> {
  const text = atob(base64Url.replaceAll('-', '+').replaceAll('_', '/'))
  return Uint8Array.from(text, (character) => character.charCodeAt(0))
}

/** The endpoint that the user has subscribed in this browser; undefined when they have turned it on nowhere but elsewhere. */
function wanted(user: number): string | undefined {
  try {
    const [owner, endpoint] = (localStorage.getItem(pushKey) ?? '').split(' ')
    return owner === String(user) ? endpoint : undefined
  } catch {
    // Storage may be forbidden: then the browser has no service worker either.
    return undefined
  }
}

function want(user: number | undefined, endpoint = ''): void {
  try {
    if (user === undefined) localStorage.removeItem(pushKey)
    else localStorage.setItem(pushKey, `${user} ${endpoint}`)
  } catch {
    // As above.
  }
}
