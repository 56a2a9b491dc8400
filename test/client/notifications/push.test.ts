// @vitest-environment happy-dom
import { afterEach, describe, expect, it, vi } from 'vitest'
import { CommandError } from '../../../clients/js/src/pending-commands.ts'
import { endPush, PushServiceError, renew, subscribe, unsubscribe } from '../../../src/client/notifications/push.ts'
import { type PushWindow, pushObstacle } from '../../../src/client/notifications/push-obstacle.ts'
import { answerWorker } from '../../../src/client/notifications/worker-messages.ts'
import { endNotifications } from '../../../src/client/session/end-notifications.ts'
import { FakePush } from '../support/fake-push.ts'
import { li } from '../support/fakes.ts'
import { notificationSettings, serverKey, subscriber } from '../support/notification-settings.ts'

afterEach(() => {
  vi.unstubAllGlobals()
  localStorage.clear()
})

function server(refusal?: CommandError) {
  const ask = vi.fn(async () => {
    if (refusal) throw refusal
    return notificationSettings({ subscriptions: [subscriber()] })
  })
  return { chat: { user: li, ask: ask as never }, ask }
}

const otherKey = `B${'B'.repeat(85)}E`
const listed = notificationSettings({ subscriptions: [subscriber()] })
const wanted = () => localStorage.getItem('teahouse-push')

describe('subscription of this browser', () => {
  it('is made with the key of the server, and given to it', async () => {
    const push = new FakePush()
    const { chat, ask } = server()
    await subscribe(chat, serverKey, 'zh')
    expect(new Uint8Array(push.subscription?.options.applicationServerKey ?? new ArrayBuffer())).toHaveLength(65)
    const [endpoint, keys] = ['https://push.example/1', { p256dh: 'p', auth: 'a' }]
    expect(ask.mock.calls).toEqual([[{ type: 'push-subscribe', endpoint, keys, language: 'zh' }]])
    expect(wanted()).toBe('1 https://push.example/1')
  })

  it('is ended again when the server refuses it', async () => {
    const push = new FakePush()
    const { chat } = server(new CommandError('forbidden', 'no'))
    await expect(subscribe(chat, serverKey, 'en')).rejects.toThrow(CommandError)
    expect([push.subscription, wanted()]).toEqual([undefined, null])
  })

  it('fails with an error of its own when the push service cannot be reached, or nothing registers a service worker', async () => {
    const { chat, ask } = server()
    new FakePush().isReachable = false
    await expect(subscribe(chat, serverKey, 'en')).rejects.toThrow(PushServiceError)
    vi.stubGlobal('navigator', {})
    await expect(subscribe(chat, serverKey, 'en')).rejects.toThrow(PushServiceError)
    expect(ask).not.toHaveBeenCalled()
  })

  it('is ended by the user', async () => {
    const push = new FakePush()
    const { unsubscribe: ended } = push.subscribed(li.id)
    await unsubscribe()
    expect([ended.mock.calls.length, push.subscription, wanted()]).toEqual([1, undefined, null])
  })

  it('is ended by signing out, with all notifications that are shown', async () => {
    const push = new FakePush()
    push.subscribed(li.id)
    push.shown.push({ close: vi.fn() })
    await endPush()
    expect([push.subscription, push.shown[0]?.close.mock.calls.length]).toEqual([undefined, 1])
    vi.stubGlobal('navigator', {})
    await expect(endPush()).resolves.toBeUndefined()
  })
})

describe('signing out', () => {
  afterEach(() => void vi.useRealTimers())

  it('goes on when the push service cannot be told', async () => {
    const push = new FakePush()
    push.subscribed(li.id).unsubscribe.mockRejectedValue(new DOMException('push service error', 'AbortError'))
    await expect(endPush()).resolves.toBeUndefined()
  })

  it('waits for a push service that does not answer a second at most', async () => {
    vi.useFakeTimers()
    const push = new FakePush()
    push.subscribed(li.id).unsubscribe.mockReturnValue(new Promise(() => {}))
    const ended = vi.fn()
    void endPush().then(ended)
    await vi.advanceTimersByTimeAsync(900)
    expect(ended).not.toHaveBeenCalled()
    await vi.advanceTimersByTimeAsync(200)
    expect(ended).toHaveBeenCalledOnce()
  })
})

describe('user to whom pushes go', () => {
  const noted = async (push: FakePush) => push.caches.get('teahouse-receiver')

  it('is noted for the service worker when they subscribe, and at each start of the page', async () => {
    const push = new FakePush()
    const { chat } = server()
    await subscribe(chat, serverKey, 'en')
    expect(await noted(push)).toBe('1')
    push.caches.clear()
    await renew(chat, listed, 'en')
    expect(await noted(push)).toBe('1')
  })

  it.for([
    ['unsubscribing', unsubscribe],
    ['signing out', endPush],
    ['the end of the session', endNotifications],
  ] as const)('is nobody after %s', async ([, end]) => {
    const push = new FakePush()
    await subscribe(server().chat, serverKey, 'en')
    await end()
    expect(await noted(push)).toBeUndefined()
  })

  it('is nobody when another user comes, who has turned nothing on', async () => {
    const push = new FakePush()
    await subscribe(server().chat, serverKey, 'en')
    await renew({ ...server().chat, user: { ...li, id: 7 } }, notificationSettings(), 'en')
    expect(await noted(push)).toBeUndefined()
  })
})

describe('subscription at the start of the page', () => {
  it('stays as it is when the server lists it', async () => {
    new FakePush().subscribed(li.id)
    const { chat, ask } = server()
    await renew(chat, listed, 'en')
    expect(ask).not.toHaveBeenCalled()
  })

  it('is given to the server again by the next session of the user', async () => {
    const push = new FakePush()
    const { endpoint } = push.subscribed(li.id)
    push.shown.push({ close: vi.fn() })
    await endNotifications()
    expect(push.shown[0]?.close).toHaveBeenCalledOnce()
    const { chat, ask } = server()
    await renew(chat, notificationSettings(), 'en')
    expect(ask.mock.calls).toMatchObject([[{ type: 'push-subscribe', endpoint }]])
  })

  it.for([
    ['was lost by the browser', false],
    ['is for another key of the server', true],
  ] as const)('is made again when it %s', async ([, hasOther]) => {
    const push = new FakePush()
    const { endpoint: replaces } = push.subscribed(li.id, otherKey)
    if (!hasOther) push.subscription = undefined
    const { chat, ask } = server()
    await renew(chat, listed, 'en')
    const endpoint = 'https://push.example/2'
    expect(ask.mock.calls).toMatchObject([[{ type: 'push-subscribe', endpoint, replaces }]])
    expect(wanted()).toBe(`1 ${endpoint}`)
  })

  it('is not made when nobody has turned it on here', async () => {
    const push = new FakePush()
    const { chat, ask } = server()
    await renew(chat, notificationSettings(), 'en')
    expect([push.subscription, ask.mock.calls]).toEqual([undefined, []])
  })

  it('is ended when another user has made it', async () => {
    const push = new FakePush()
    push.subscribed(2)
    const { chat, ask } = server()
    await renew(chat, notificationSettings(), 'en')
    expect([push.subscription, ask.mock.calls]).toEqual([undefined, []])
  })

  it('is ended when it was removed from elsewhere, and when the permission was taken away', async () => {
    for (const [permission, settings] of [
      ['granted', notificationSettings()],
      ['denied', listed],
    ] as const) {
      const push = new FakePush(permission)
      push.subscribed(li.id)
      const { chat, ask } = server()
      await renew(chat, settings, 'en')
      expect([push.subscription, wanted(), ask.mock.calls]).toEqual([undefined, null, []])
    }
  })

  it('waits for a server that can push', async () => {
    new FakePush().subscribed(li.id)
    await endNotifications()
    const { chat, ask } = server()
    const push = { available: false, key: serverKey, reason: 'no-origin' } as const
    await renew(chat, notificationSettings({ push }), 'en')
    expect([ask.mock.calls, wanted()]).toEqual([[], '1'])
  })
})

describe('obstacle to pushes', () => {
  const iPhone = 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 Version/18.1 Safari/604.1'
  const iPad = 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.1 Safari/605.1.15'
  const available = { available: true, key: serverKey }

  function browser(some: Partial<PushWindow> = {}, of: Partial<PushWindow['navigator']> = {}): PushWindow {
    return {
      isSecureContext: true,
      PushManager: {},
      Notification: { permission: 'default' },
      matchMedia: () => ({ matches: false }),
      navigator: { userAgent: 'Mozilla/5.0 (X11; Linux x86_64)', maxTouchPoints: 0, serviceWorker: {}, ...of },
      ...some,
    }
  }

  it('is none in a browser that can be asked, or has been', () => {
    expect(pushObstacle(browser(), available)).toBeUndefined()
    expect(pushObstacle(browser({ Notification: { permission: 'granted' } }), available)).toBeUndefined()
  })
  it('is plain http, before anything else', () => {
    expect(pushObstacle(browser({ isSecureContext: false, PushManager: undefined }), available)).toBe('pushInsecure')
  })
  it('is a server without PUBLIC_ORIGIN', () => {
    expect(pushObstacle(browser(), { ...available, available: false, reason: 'no-origin' })).toBe('pushNoOrigin')
  })
  it('is a refused permission', () => {
    expect(pushObstacle(browser({ Notification: { permission: 'denied' } }), available)).toBe('notifyBlocked')
  })
  it('is an iPhone or iPad whose page is not on the Home Screen', () => {
    const without = { PushManager: undefined }
    expect(pushObstacle(browser(without, { userAgent: iPhone, maxTouchPoints: 5 }), available)).toBe('pushHomeScreen')
    expect(pushObstacle(browser(without, { userAgent: iPad, maxTouchPoints: 5 }), available)).toBe('pushHomeScreen')
    expect(pushObstacle(browser({}, { userAgent: iPad }), available), 'a Mac').toBeUndefined()
    expect(pushObstacle(browser({}, { userAgent: iPhone, standalone: true }), available)).toBeUndefined()
    const installed = browser({ matchMedia: () => ({ matches: true }) }, { userAgent: iPhone })
    expect(pushObstacle(installed, available)).toBeUndefined()
  })
  it('is a browser without pushes or service workers', () => {
    expect(pushObstacle(browser({ PushManager: undefined }), available)).toBe('pushUnsupported')
    expect(pushObstacle(browser({}, { serviceWorker: undefined }), available)).toBe('pushUnsupported')
  })
})

describe('messages of the service worker', () => {
  function page() {
    const worker = new EventTarget()
    const go = vi.fn()
    answerWorker(worker, { user: li.id, isShown: (room) => room === 'tea', go })
    const hear = (data: object) => {
      const port = { postMessage: vi.fn() }
      worker.dispatchEvent(Object.assign(new Event('message'), { data, ports: [port] }))
      return port.postMessage.mock.lastCall?.[0]
    }
    return { go, hear }
  }

  it('ask whether the user sees the room', () => {
    const { hear } = page()
    expect(hear({ type: 'shows', room: 'tea', to: li.id })).toBe(true)
    expect(hear({ type: 'shows', room: 'lobby', to: li.id })).toBe(false)
    expect(hear({ type: 'shows', room: 'tea', to: 99 }), 'pushed to somebody else').toBe(false)
  })
  it('open the message whose notification was clicked', () => {
    const { go, hear } = page()
    expect(hear({ type: 'open' }), 'the page is there').toBe(true)
    expect(go).not.toHaveBeenCalled()
    expect(hear({ type: 'open', room: 'tea', id: 7 })).toBe(true)
    expect(go.mock.calls).toEqual([['tea', 7]])
    expect(() => answerWorker(undefined, { user: 1, isShown: () => true, go })).not.toThrow()
  })
})
