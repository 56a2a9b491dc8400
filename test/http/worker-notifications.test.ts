/** The notifications of the service worker, in a world of its own: its script, with a browser that the test holds. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createContext, runInContext } from 'node:vm'
import { describe, expect, it, vi } from 'vitest'

const source = readFileSync(join(import.meta.dirname, '../../static/sw.js'), 'utf8')
const chrome = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36'
const safari = 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.0 Safari/605.1.15'

interface Options {
  body: string
  lang: string
  tag: string
  actions: { action: string; type?: string; title: string }[]
  data: { to: number; room?: string; id?: number; url: string; count?: number }
}

class ShownNotification {
  readonly title: string
  readonly options: Options
  readonly close = vi.fn()

  constructor(title: string, options: Options) {
    this.title = title
    this.options = options
  }

  get data() {
    return this.options.data
  }
}

interface Client {
  url: string
  visibilityState?: 'visible' | 'hidden'
  /** What it says to whether it shows the room; undefined when it says nothing. */
  shows?: boolean
  /** For the way back: it hears nothing. */
  isKept?: boolean
}

class World {
  readonly shown: ShownNotification[] = []
  readonly sent: { path: string; body: unknown; user: unknown }[] = []
  readonly badges: number[] = []
  readonly opened: string[] = []
  readonly messages: { url: string; data: object }[] = []
  readonly focused: string[] = []
  readonly unsent: object[] = []
  readonly subscribed = vi.fn()
  /** What the server answers; a command that is missing is refused. */
  readonly answers = new Map<string, object>([
    ['read', {}],
    ['chat', {}],
    ['push-subscribe', {}],
  ])
  clients: Client[] = []
  /** To whom pushes go, as the pages have noted it. */
  receiver: number | undefined = 3
  isOnline = true
  readonly #handlers = new Map<string, (event: unknown) => void>()

  constructor({ userAgent = chrome, canReply = true, search = '?build=1&language=zh-CN' } = {}) {
    const navigator = {
      userAgent,
      setAppBadge: async (count: number) => void this.badges.push(count),
      clearAppBadge: async () => void this.badges.push(0),
    }
    const self = {
      navigator,
      location: new URL(`https://tea.example/sw.js${search}`),
      addEventListener: (type: string, handler: (event: unknown) => void) => this.#handlers.set(type, handler),
      clients: {
        matchAll: async () => this.clients.map((client) => this.#clientOf(client)),
        openWindow: async (url: string) => void this.opened.push(url),
      },
      registration: {
        showNotification: async (title: string, options: Options) =>
          void this.shown.push(new ShownNotification(title, options)),
        getNotifications: async ({ tag }: { tag?: string } = {}) =>
          this.shown.filter((one) => !one.close.mock.calls.length && (!tag || one.options.tag === tag)),
        pushManager: {
          subscribe: async (options: object) => {
            this.subscribed(options)
            return { toJSON: () => ({ endpoint: 'https://push.example/2', keys: { p256dh: 'p', auth: 'a' } }) }
          },
        },
      },
    }
    class NotificationEvent {}
    if (canReply) Object.assign(NotificationEvent.prototype, { reply: '' })
    const globals = {
      self,
      navigator,
      NotificationEvent,
      fetch: this.#fetch,
      indexedDB: this.#indexedDb(),
      caches: this.#caches,
    }
    runInContext(source, createContext({ ...globals, crypto, MessageChannel, setTimeout, Promise, Error }))
  }

  async fire(type: string, event: object): Promise<void> {
    const waits: Promise<unknown>[] = []
    this.#handlers.get(type)?.({ ...event, waitUntil: (work: Promise<unknown>) => waits.push(work) })
    await Promise.all(waits)
  }

  push(data: object) {
    return this.fire('push', { data: { json: () => data } })
  }

  async click(at: number, event: { action?: string; reply?: string } = {}) {
    const notification = this.shown[at]
    await this.fire('notificationclick', { action: '', ...event, notification })
  }

  #clientOf({ url, visibilityState = 'hidden', shows, isKept }: Client) {
    return {
      url: `https://tea.example${url}`,
      visibilityState,
      focus: async () => this.focused.push(url),
      postMessage: (data: { type: string }, [port]: MessagePort[] = []) => {
        if (isKept) return
        if (data.type === 'shows') return shows !== undefined && port?.postMessage(shows)
        this.messages.push({ url, data })
        port?.postMessage(true)
      },
    }
  }

  readonly #fetch = async (path: string, { headers, body }: { headers: Record<string, unknown>; body: string }) => {
    if (!this.isOnline) throw new TypeError('Failed to fetch')
    this.sent.push({ path, body: JSON.parse(body), user: headers['Teahouse-User'] })
    const answer = this.answers.get(path.replace('/api/', ''))
    return new Response(JSON.stringify(answer ?? {}), { status: answer ? 200 : 403 })
  }

  readonly #caches = {
    match: async (url: string, { cacheName }: { cacheName: string }) => {
      const isNoted = cacheName === 'teahouse-receiver' && url === '/receiver' && this.receiver !== undefined
      return isNoted ? new Response(String(this.receiver)) : undefined
    },
  }

  /** The database of the page's outbox. */
  #indexedDb() {
    const transaction = () => {
      const one = { objectStore: () => ({ put: (item: object) => this.unsent.push(item) }), oncomplete: () => {} }
      setTimeout(() => one.oncomplete(), 0)
      return one
    }
    return {
      open: (name: string, version: number) => {
        expect([name, version]).toEqual(['teahouse', 1])
        const opening = { result: { transaction }, onsuccess: () => {} }
        setTimeout(() => opening.onsuccess(), 0)
        return opening
      },
    }
  }
}

const message = {
  type: 'message',
  to: 3,
  room: '~tea',
  roomName: 'Tasting',
  id: 120,
  at: 1_700_000_000_000,
  count: 2,
  title: 'Anna · Tasting',
  body: 'see you at 5',
  url: '/rooms/~tea/120',
  tag: 'room-~tea',
  lang: 'en',
  badge: 3,
}

describe('service worker › push', () => {
  it('is shown as the server has written it, with actions, and sets the badge', async () => {
    const world = new World()
    await world.push(message)
    expect(world.shown).toMatchObject([
      {
        title: 'Anna · Tasting',
        options: {
          body: 'see you at 5',
          lang: 'en',
          tag: 'room-~tea',
          renotify: true,
          timestamp: message.at,
          actions: [
            { action: 'read', title: 'Mark as read' },
            { action: 'reply', type: 'text', title: 'Reply' },
          ],
          data: { to: 3, room: '~tea', id: 120, url: '/rooms/~tea/120', count: 2 },
        },
      },
    ])
    expect(world.badges).toEqual([3])
  })
  it.for([
    ['to another user who has signed in meanwhile', 4],
    ['to a user who has signed out', undefined],
  ] as const)('is not shown when it comes late: %s', async ([, receiver]) => {
    const world = new World()
    await world.push({ ...message, id: 119 })
    world.receiver = receiver
    await world.push(message)
    await world.push({ type: 'clear', to: 3, room: '~tea', tag: 'room-~tea', id: 200, badge: 9 })
    expect(world.shown.map(({ data }) => data.id)).toEqual([119])
    expect(world.shown[0]?.close).not.toHaveBeenCalled()
    expect(world.badges).toEqual([3])
  })
  it('has actions in the language of the push', async () => {
    const world = new World()
    await world.push({ ...message, lang: 'zh-CN' })
    expect(world.shown[0]?.options.actions.map(({ title }) => title)).toEqual(['标为已读', '回复'])
  })
  it('offers no reply where the browser cannot ask for a text', async () => {
    const world = new World({ canReply: false })
    await world.push(message)
    expect(world.shown[0]?.options.actions.map(({ action }) => action)).toEqual(['read'])
  })
  it('of a test has no actions, and leaves the badge as it is', async () => {
    const world = new World()
    await world.push({ type: 'test', to: 3, title: 'It works', body: '', lang: 'en', url: '/', tag: 'test' })
    expect(world.shown).toMatchObject([{ title: 'It works', options: { actions: [] } }])
    expect(world.badges).toEqual([])
  })
  it('is not shown while a visible page shows the room', async () => {
    const world = new World()
    world.clients = [
      { url: '/rooms/other', shows: true },
      { url: '/rooms/~tea', visibilityState: 'visible', shows: true },
    ]
    await world.push(message)
    expect(world.shown).toEqual([])
    expect(world.badges).toEqual([3])
  })
  it('is shown when the visible page shows another room, or the page of the room is hidden', async () => {
    const world = new World()
    world.clients = [
      { url: '/rooms/~tea', shows: true },
      { url: '/', visibilityState: 'visible', shows: false },
    ]
    await world.push(message)
    expect(world.shown).toHaveLength(1)
  })
  it('is shown when a page does not say what it shows', async () => {
    const world = new World()
    world.clients = [{ url: '/rooms/~tea', visibilityState: 'visible' }]
    await world.push(message)
    expect(world.shown).toHaveLength(1)
  })
  it('is always shown in Safari, which would otherwise take the subscription away', async () => {
    const world = new World({ userAgent: safari })
    world.clients = [{ url: '/rooms/~tea', visibilityState: 'visible', shows: true }]
    await world.push(message)
    expect(world.shown).toHaveLength(1)
  })
  it('of what was read elsewhere closes the notification of that room, unless it is newer', async () => {
    const world = new World()
    await world.push(message)
    await world.push({ ...message, room: 'lobby', tag: 'room-lobby' })
    const clear = { type: 'clear', to: 3, room: '~tea', tag: 'room-~tea', id: 119, badge: 1 }
    await world.push(clear)
    const closed = () => world.shown.map(({ close }) => close.mock.calls.length)
    expect(closed()).toEqual([0, 0])
    await world.push({ ...clear, id: 120, badge: 0 })
    expect(closed()).toEqual([1, 0])
    expect(world.shown, 'nothing else was shown').toHaveLength(2)
    expect(world.badges).toEqual([3, 3, 1, 0])
  })
  it('is shown in the same way when a page asks for it', async () => {
    const world = new World()
    const { badge: _, count: __, ...notice } = message
    await world.fire('message', { data: notice })
    expect(world.shown).toMatchObject([{ title: 'Anna · Tasting', options: { tag: 'room-~tea', data: { id: 120 } } }])
    expect(world.badges).toEqual([])
  })
})

describe('service worker › notification that is clicked', () => {
  it('opens its message in a page of the chat that is open already', async () => {
    const world = new World()
    world.clients = [{ url: '/account' }, { url: '/rooms/lobby' }, { url: '/' }]
    await world.push(message)
    await world.click(0)
    expect(world.shown[0]?.close).toHaveBeenCalledOnce()
    expect([world.focused, world.opened]).toEqual([['/rooms/lobby'], []])
    expect(world.messages).toEqual([{ url: '/rooms/lobby', data: { type: 'open', room: '~tea', id: 120 } }])
  })
  it('opens its message in a new window when no page of the chat is open', async () => {
    const world = new World()
    world.clients = [{ url: '/account' }]
    await world.push(message)
    await world.click(0)
    expect([world.focused, world.opened]).toEqual([[], ['/rooms/~tea/120']])
  })
  it('opens its message in a new window when the only page is kept for the way back, and answers nothing', async () => {
    const world = new World()
    world.clients = [{ url: '/rooms/lobby', isKept: true }]
    await world.push(message)
    await world.click(0)
    expect([world.focused, world.opened], 'a click allows one of them').toEqual([[], ['/rooms/~tea/120']])
  })
  it('marks the messages as read, as the user to whom it was pushed, and opens nothing', async () => {
    const world = new World()
    await world.push(message)
    await world.push({ ...message, room: 'lobby', tag: 'room-lobby', count: 4, badge: 7 })
    await world.click(0, { action: 'read' })
    expect(world.sent).toEqual([{ path: '/api/read', body: { room: '~tea', id: 120 }, user: 3 }])
    expect([world.opened, world.badges.at(-1)]).toEqual([[], 4])
  })
  // Chromium on Linux names no action for a reply.
  it.for(['reply', ''])('sends a reply by %j and marks the messages as read', async (action) => {
    const world = new World()
    await world.push(message)
    await world.click(0, { action, reply: 'I’ll be there' })
    const body = { room: '~tea', key: expect.any(String), data: 'I’ll be there', reply: 120 }
    expect(world.sent).toEqual([
      { path: '/api/chat', body, user: 3 },
      { path: '/api/read', body: { room: '~tea', id: 120 }, user: 3 },
    ])
    expect([world.unsent, world.opened, world.badges.at(-1)]).toEqual([[], [], 0])
  })
  it.for(['unreachable', 'refuses'])('keeps a reply in the outbox of the page when the server %s', async (how) => {
    const world = new World()
    await world.push(message)
    if (how === 'unreachable') world.isOnline = false
    else world.answers.delete('chat')
    await world.click(0, { action: 'reply', reply: 'I’ll be there' })
    expect(world.unsent).toEqual([
      {
        key: expect.any(String),
        user: 3,
        tab: 'worker',
        room: '~tea',
        data: 'I’ll be there',
        reply: 120,
        at: expect.any(Number),
      },
    ])
  })
  it('opens its message for a reply without a text', async () => {
    const world = new World()
    await world.push(message)
    await world.click(0, { action: 'reply', reply: '' })
    expect([world.sent, world.opened]).toEqual([[], ['/rooms/~tea/120']])
  })
})

describe('service worker › subscription that the push service has changed', () => {
  const push = { key: 'BAbc' }

  it('is made again, and replaces the old one on the server', async () => {
    const world = new World()
    world.answers.set('notifications', { push, subscriptions: [{ id: 3, current: true }] })
    await world.fire('pushsubscriptionchange', { oldSubscription: { endpoint: 'https://push.example/1' } })
    expect(world.subscribed.mock.calls).toEqual([[{ userVisibleOnly: true, applicationServerKey: 'BAbc' }]])
    const [endpoint, replaces] = ['https://push.example/2', 'https://push.example/1']
    const keys = { p256dh: 'p', auth: 'a' }
    expect(world.sent.at(-1)).toMatchObject({
      path: '/api/push-subscribe',
      body: { key: expect.any(String), endpoint, keys, language: 'zh', replaces },
    })
  })
  it.for([
    ['the session has none', { push, subscriptions: [{ id: 3 }] }],
    ['the session has ended', undefined],
  ] as const)('is not made again when %s', async ([, answer]) => {
    const world = new World()
    if (answer) world.answers.set('notifications', answer)
    await world.fire('pushsubscriptionchange', { oldSubscription: null })
    expect(world.subscribed).not.toHaveBeenCalled()
  })
})
