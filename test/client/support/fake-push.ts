import { vi } from 'vitest'
import { serverKey } from './notification-settings.ts'

const bytesOf = (key: string) => Uint8Array.from(Buffer.from(key, 'base64url'))

/** A browser with a service worker and a push service. */
export class FakePush {
  /** As the browser keeps it. */
  subscription: ReturnType<FakePush['made']> | undefined
  readonly shown: { close: ReturnType<typeof vi.fn> }[] = []
  /** What the caches hold under the address of the receiver, by their names. */
  readonly caches = new Map<string, string>()
  isReachable = true
  asks = 0
  #answer: NotificationPermission
  #permission: NotificationPermission
  #serial = 0

  constructor(permission: NotificationPermission = 'granted', answer = permission) {
    this.#permission = permission
    this.#answer = answer
    const push = this
    vi.stubGlobal('isSecureContext', true)
    vi.stubGlobal('caches', {
      open: async (name: string) => ({
        put: async (address: string, answer: Response) => {
          if (address === '/receiver') this.caches.set(name, await answer.text())
        },
      }),
      delete: async (name: string) => this.caches.delete(name),
    })
    vi.stubGlobal('PushManager', class {})
    vi.stubGlobal('Notification', {
      get permission() {
        return push.#permission
      },
      requestPermission: async () => {
        this.asks++
        this.#permission = this.#answer
        return this.#answer
      },
    })
    const registration = {
      pushManager: {
        getSubscription: async () => this.subscription ?? null,
        subscribe: async ({ applicationServerKey }: { applicationServerKey: Uint8Array }) => {
          if (!this.isReachable) throw new DOMException('push service error', 'AbortError')
          this.subscription = this.made(applicationServerKey)
          return this.subscription
        },
      },
      getNotifications: async () => this.shown,
    }
    const serviceWorker = { getRegistration: async () => registration, ready: Promise.resolve(registration) }
    const { userAgent } = navigator
    vi.stubGlobal('navigator', { userAgent, maxTouchPoints: 0, serviceWorker })
  }

  /** The user has subscribed in this browser before. */
  subscribed(user: number | undefined, key = serverKey) {
    this.subscription = this.made(bytesOf(key))
    if (user !== undefined) localStorage.setItem('teahouse-push', `${user} ${this.subscription.endpoint}`)
    return this.subscription
  }

  made(key: Uint8Array) {
    const endpoint = `https://push.example/${++this.#serial}`
    return {
      endpoint,
      options: { applicationServerKey: key.buffer },
      toJSON: () => ({ endpoint, keys: { p256dh: 'p', auth: 'a' } }),
      unsubscribe: vi.fn(async () => {
        this.subscription = undefined
        return true
      }),
    }
  }
}
