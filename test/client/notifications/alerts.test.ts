// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { shallowReactive, shallowRef } from 'vue'
import type { RoomRow } from '../../../src/client/navigation/room-list.ts'
import { Alerts, type BrowserNotifications, type Notice } from '../../../src/client/notifications/alerts.ts'
import { openBrowserNotifications } from '../../../src/client/notifications/browser-notifications.ts'
import { Chime } from '../../../src/client/notifications/chime.ts'
import { blank, type RoomState } from '../../../src/client/room/room-state.ts'
import type { NotificationsFrame } from '../../../src/shared/protocol/frames.ts'
import type { Message } from '../../../src/shared/protocol/types.ts'
import { english, entry, FakeClock, li } from '../support/fakes.ts'
import { notificationSettings, subscriber } from '../support/notification-settings.ts'

const row = (room: string, unread: number, mentions = 0): RoomRow => ({
  room,
  title: room,
  peopleNames: '',
  unread,
  mentions,
})
const graceMs = 2_000
const otherTabsMs = 500

class FakeOutside implements BrowserNotifications {
  title = ''
  icon = ''
  badge: number | 'dot' | undefined
  rings = 0
  readonly notifications: (Notice & { click: () => void })[] = []

  setTitle = (title: string) => {
    this.title = title
  }
  setIcon = (path: string) => {
    this.icon = path
  }
  setBadge = (badge: number | 'dot' | undefined) => {
    this.badge = badge
  }
  isUsed = true
  canRing = () => this.isUsed
  ring = () => {
    this.rings++
  }
  notify = (notice: Notice, click: () => void) => {
    this.notifications.push({ ...notice, click })
  }
  readonly told = new Set<string>()

  once = (name: string, tell: () => void) => {
    if (!this.told.has(name)) tell()
    this.told.add(name)
  }
  closeRead = vi.fn<BrowserNotifications['closeRead']>()
}

interface Some {
  notify?: boolean
  sound?: boolean
  looking?: boolean
  room?: Partial<RoomState>
  server?: Partial<NotificationsFrame>
}

/** In the room “Oolong”, which is read up to 6. */
function start({ notify = true, sound = true, looking = false, room = {}, server = {} }: Some = {}) {
  const outside = new FakeOutside()
  const clock = new FakeClock()
  const eyes = { looking }
  const gone: [string, number][] = []
  const rooms = shallowReactive(new Map([['oolong', { ...blank('oolong', li), title: 'Oolong', read: 6, ...room }]]))
  const alerts = new Alerts({
    chat: {
      user: li,
      rooms,
      serverName: 'Teahouse',
      serverIcon: 'green/cup',
      notifications: shallowRef(notificationSettings(server)),
    },
    settings: { enterSends: true, opensAtEnd: false, notify, sound },
    clock,
    language: english,
    outside,
    isFocused: () => eyes.looking,
    go: (name, id) => gone.push([name, id]),
  })
  const change = (some: Partial<RoomState>) => {
    const before = rooms.get('oolong')
    if (before) rooms.set('oolong', { ...before, ...some })
  }
  return { alerts, outside, clock, eyes, gone, change, alarms: () => [outside.notifications.length, outside.rings] }
}

const named = (id: number): Message => ({
  ...entry(id, 'tea, @Li?'),
  room: 'oolong',
  mentions: [{ id: li.id, name: 'Li' }],
})
const mention = named(7)

describe('title, icon and badge', () => {
  it('show unread messages, and mentions more prominently', () => {
    const { alerts, outside } = start()
    alerts.update([row('lobby', 2), row('oolong', 1)], 'lobby')
    expect([outside.title, outside.icon, outside.badge]).toEqual([
      '(3) lobby · Teahouse',
      '/icon/unread/green/cup',
      'dot',
    ])
    alerts.update([row('lobby', 2), row('oolong', 101, 2)], 'lobby')
    expect([outside.title, outside.icon, outside.badge]).toEqual([
      '(99+) lobby · Teahouse',
      '/icon/mention/green/cup',
      2,
    ])
  })

  it('show nothing of muted rooms, and only mentions where only those are wanted', () => {
    const { alerts, outside } = start()
    alerts.update([{ ...row('lobby', 2, 1), notify: 'nothing' }], 'lobby')
    expect([outside.title, outside.badge]).toEqual(['lobby · Teahouse', undefined])
    alerts.update([{ ...row('lobby', 5, 1), notify: 'mentions' }], 'lobby')
    expect([outside.title, outside.badge]).toEqual(['(1) lobby · Teahouse', 1])
    alerts.update([{ ...row('lobby', 5), notify: 'mentions' }], 'lobby')
    expect([outside.title, outside.badge]).toEqual(['lobby · Teahouse', undefined])
  })

  it('are reset once everything is read, on whatever page', () => {
    const { alerts, outside } = start()
    alerts.update([row('lobby', 2, 1)], 'lobby')
    alerts.update([row('lobby', 0)], 'lobby')
    expect([outside.title, outside.icon, outside.badge]).toEqual([
      'lobby · Teahouse',
      '/icon/plain/green/cup',
      undefined,
    ])
  })
})

describe('message that the user wants to hear of', () => {
  it('shows a notification and plays a sound while the page is hidden', () => {
    const { alerts, outside, clock } = start()
    alerts.arrived(mention)
    clock.pass(graceMs)
    expect(outside.notifications).toMatchObject([
      {
        title: 'Anna · Oolong',
        body: 'tea, @Li?',
        lang: 'en',
        tag: 'room-oolong',
        url: '/rooms/oolong/7',
        to: li.id,
        room: 'oolong',
        id: 7,
      },
    ])
    expect(outside.rings).toBe(1)
  })

  it('causes no alert while the page is visible or becomes visible', () => {
    const looked = start({ looking: true })
    looked.alerts.arrived(mention)
    looked.eyes.looking = false
    looked.clock.pass(graceMs)
    const coming = start()
    coming.alerts.arrived(mention)
    coming.eyes.looking = true
    coming.clock.pass(graceMs)
    expect([looked.alarms(), coming.alarms()]).toEqual([
      [0, 0],
      [0, 0],
    ])
  })

  it('is by the level of the room or of the user', () => {
    const muted = start({ room: { notify: 'nothing' } })
    muted.alerts.arrived(mention)
    muted.clock.pass(graceMs)
    expect(muted.alarms()).toEqual([0, 0])
    const everything = start({ server: { level: 'all' } })
    everything.alerts.arrived({ ...entry(7, 'hello'), room: 'oolong' })
    everything.clock.pass(graceMs)
    expect(everything.alarms()).toEqual([1, 1])
  })

  it('causes no alert in quiet hours', () => {
    vi.useFakeTimers({ now: Date.parse('2026-01-15T23:00:00Z') })
    try {
      const quiet = start({ server: { quiet: { from: '22:00', to: '07:00' } } })
      quiet.alerts.arrived(mention)
      quiet.clock.pass(graceMs)
      expect(quiet.alarms()).toEqual([0, 0])
      vi.setSystemTime(Date.parse('2026-01-16T07:00:00Z'))
      quiet.alerts.arrived(named(8))
      quiet.clock.pass(graceMs)
      expect(quiet.alarms()).toEqual([1, 1])
    } finally {
      vi.useRealTimers()
    }
  })

  it('causes no alert when it was read or deleted meanwhile', () => {
    const read = start()
    read.alerts.arrived(mention)
    read.clock.pass(graceMs - 1)
    read.change({ read: 7 })
    read.clock.pass(1)
    const deleted = start()
    deleted.alerts.arrived(mention)
    deleted.change({ messages: [{ ...mention, data: '', deleted: true }] })
    deleted.clock.pass(graceMs)
    expect([read.alarms(), deleted.alarms()]).toEqual([
      [0, 0],
      [0, 0],
    ])
  })

  it('causes only the chosen alerts: a notification, a sound, or none', () => {
    for (const [notify, sound] of [
      [true, false],
      [false, true],
      [false, false],
    ] as const) {
      const { alerts, clock, alarms } = start({ notify, sound })
      alerts.arrived(mention)
      clock.pass(graceMs)
      expect(alarms()).toEqual([Number(notify), Number(sound)])
    }
  })

  it('is left to the push where this browser is subscribed, with the sound of the page', () => {
    const pushed = start({ server: { subscriptions: [subscriber()] } })
    pushed.alerts.arrived(mention)
    pushed.clock.pass(graceMs)
    expect(pushed.alarms()).toEqual([0, 1])
    const lastError = { at: 1_700_000_000_001, reason: 'refused', status: 403 } as const
    const failing = start({ server: { subscriptions: [subscriber({ lastError })] } })
    failing.alerts.arrived(mention)
    failing.clock.pass(graceMs)
    expect(failing.alarms()).toEqual([1, 1])
  })

  it('is told by one of the tabs of a browser', () => {
    const { alerts, outside, clock, alarms } = start()
    outside.told.add('message oolong 7').add('ring oolong 7')
    alerts.arrived(mention)
    clock.pass(graceMs)
    expect(alarms()).toEqual([0, 0])
    alerts.arrived(named(8))
    clock.pass(graceMs)
    expect(alarms()).toEqual([1, 1])
    expect([...outside.told]).toEqual(expect.arrayContaining(['message oolong 8', 'ring oolong 8']))
  })

  it('sounds in a tab that nobody has used yet only if it does in no other', () => {
    const { alerts, outside, clock } = start()
    outside.isUsed = false
    alerts.arrived(mention)
    clock.pass(graceMs)
    expect([outside.notifications.length, outside.rings]).toEqual([1, 0])
    outside.told.add('ring oolong 7')
    alerts.arrived(named(8))
    clock.pass(graceMs)
    clock.pass(otherTabsMs)
    expect([outside.notifications.length, outside.rings]).toEqual([2, 1])
  })

  it('is shown without its text where the user hides that', () => {
    const { alerts, outside, clock } = start({ server: { showsText: false } })
    alerts.arrived(mention)
    clock.pass(graceMs)
    expect(outside.notifications).toMatchObject([{ title: 'Anna · Oolong', body: '' }])
  })

  it('is shown in the page when its notification is clicked', () => {
    const { alerts, outside, clock, gone } = start()
    alerts.arrived(mention)
    clock.pass(graceMs)
    outside.notifications[0]?.click()
    expect(gone).toEqual([['oolong', 7]])
  })

  it('loses its notification once its room is read up to it', () => {
    const { alerts, outside, change } = start()
    alerts.update([row('oolong', 1, 1)], 'lobby')
    const isRead = () => outside.closeRead.mock.lastCall?.[0] ?? expect.fail('is to be asked')
    expect([isRead()('oolong', 6), isRead()('oolong', 7), isRead()('elsewhere', 1)]).toEqual([true, false, false])
    alerts.update([row('oolong', 2, 1)], 'lobby')
    expect(outside.closeRead, 'nothing was read in between').toHaveBeenCalledOnce()
    change({ read: 7 })
    alerts.update([row('oolong', 0)], 'lobby')
    expect(outside.closeRead).toHaveBeenCalledTimes(2)
    expect(isRead()('oolong', 7)).toBe(true)
  })

  it('is told together with others of the room that come at once: the newest is shown', () => {
    const { alerts, outside, clock, alarms } = start()
    alerts.arrived(mention)
    clock.pass(graceMs / 2)
    alerts.arrived(named(8))
    clock.pass(graceMs / 2)
    expect(alarms()).toEqual([1, 1])
    expect(outside.notifications).toMatchObject([{ id: 8 }])
    alerts.arrived(named(9))
    clock.pass(graceMs)
    expect(alarms()).toEqual([2, 2])
  })
})

describe('mention alerts in the browser', () => {
  beforeEach(() => {
    document.head.innerHTML = '<link rel="icon" href="/icon/plain/green/cup">'
  })
  afterEach(() => vi.unstubAllGlobals())

  const iconPath = () => document.querySelector('link[rel=icon]')?.getAttribute('href')

  it('set the title and the icon', () => {
    const outside = openBrowserNotifications()
    outside.setTitle('(1) lobby · Teahouse')
    outside.setIcon('/icon/unread/green/cup')
    expect(document.title).toBe('(1) lobby · Teahouse')
    expect(iconPath()).toBe('/icon/unread/green/cup')
  })

  it('set the badge once where badges exist, and work without them', () => {
    const setAppBadge = vi.fn(async () => {})
    const clearAppBadge = vi.fn(async () => {})
    vi.stubGlobal('navigator', { setAppBadge, clearAppBadge })
    const outside = openBrowserNotifications()
    outside.setBadge(3)
    outside.setBadge(3)
    outside.setBadge('dot')
    outside.setBadge(undefined)
    outside.setBadge(undefined)
    expect(setAppBadge.mock.calls).toEqual([[3], [undefined]])
    expect(clearAppBadge).toHaveBeenCalledOnce()
    vi.stubGlobal('navigator', {})
    expect(() => openBrowserNotifications().setBadge(3)).not.toThrow()
  })

  const notice: Notice = {
    title: 'Anna · lobby',
    body: 'tea?',
    lang: 'en',
    tag: 'room-lobby',
    url: '/rooms/lobby/7',
    to: 1,
    room: 'lobby',
    id: 7,
    at: 1_700_000_000_000,
  }

  class OwnNotification {
    static permission = 'granted'
    static shown: OwnNotification[] = []
    onclick?: () => void
    close = vi.fn()
    readonly title: string
    readonly options: object
    constructor(title: string, options: object) {
      this.title = title
      this.options = options
      OwnNotification.shown.push(this)
    }
  }

  it('show a permitted notification, and bring the page to the front when it is clicked', async () => {
    const { shown } = OwnNotification
    vi.stubGlobal('Notification', OwnNotification)
    const focus = vi.spyOn(window, 'focus').mockImplementation(() => {})
    const clicked = vi.fn()
    const outside = openBrowserNotifications()
    outside.notify(notice, clicked)
    await expect.poll(() => shown.length).toBe(1)
    const icon = '/static/images/icon-192.png'
    expect(shown).toMatchObject([{ title: 'Anna · lobby', options: { body: 'tea?', tag: 'room-lobby', icon } }])
    outside.closeRead((_, id) => id < 7)
    outside.notify({ ...notice, id: 8 }, clicked)
    await expect.poll(() => shown.length).toBe(2)
    expect(shown[0]?.close, 'the newer replaces it').toHaveBeenCalledOnce()
    shown[1]?.onclick?.()
    expect([focus.mock.calls.length, clicked.mock.calls.length]).toEqual([1, 1])
    expect(shown[1]?.close).toHaveBeenCalledOnce()
    outside.notify(notice, clicked)
    await expect.poll(() => shown.length).toBe(3)
    outside.closeRead((room, id) => room === 'lobby' && id <= 7)
    await expect.poll(() => shown[2]?.close.mock.calls.length).toBe(1)
    vi.stubGlobal('Notification', { permission: 'denied' })
    outside.notify(notice, clicked)
    await outside.closeRead(() => true)
    expect(shown).toHaveLength(3)
  })

  it('leave it to the service worker where there is one, and close what that shows once it is read', async () => {
    const postMessage = vi.fn()
    const [read, unread, test] = [7, 8, undefined].map((id) => ({
      data: id === undefined ? {} : { room: 'lobby', id },
      close: vi.fn(),
    }))
    const registration = { active: { postMessage }, getNotifications: async () => [read, unread, test] }
    vi.stubGlobal('navigator', { serviceWorker: { getRegistration: async () => registration } })
    vi.stubGlobal('Notification', OwnNotification)
    const before = OwnNotification.shown.length
    const outside = openBrowserNotifications()
    outside.notify(notice, () => {})
    await expect.poll(() => postMessage.mock.calls).toEqual([[notice]])
    expect(OwnNotification.shown).toHaveLength(before)
    outside.closeRead((room, id) => room === 'lobby' && id <= 7)
    await expect.poll(() => read?.close.mock.calls.length).toBe(1)
    expect([unread, test].map((one) => one?.close.mock.calls.length)).toEqual([0, 0])
  })

  it('work where only service workers may show notifications, and where those are forbidden', async () => {
    let constructed = 0
    class Notification {
      static permission = 'granted'
      constructor() {
        constructed++
        throw new TypeError('Illegal constructor.')
      }
    }
    vi.stubGlobal('Notification', Notification)
    const getRegistration = vi.fn(() => Promise.reject(new DOMException('no', 'SecurityError')))
    vi.stubGlobal('navigator', { serviceWorker: { getRegistration } })
    openBrowserNotifications().notify(notice, () => {})
    await expect.poll(() => constructed).toBe(1)
  })
})

describe('mention sound', () => {
  afterEach(() => vi.unstubAllGlobals())

  it('has two soft tones and ends within a second', async () => {
    const starts: number[] = []
    const stops: number[] = []
    class Node {
      gain = { setValueAtTime() {}, linearRampToValueAtTime() {}, exponentialRampToValueAtTime() {} }
      connect = (to: object) => to
      start = (at: number) => starts.push(at)
      stop = (at: number) => stops.push(at)
    }
    vi.stubGlobal('OscillatorNode', Node)
    vi.stubGlobal('GainNode', Node)
    const resume = vi.fn(async () => {})
    const open = vi.fn(() => ({ state: 'suspended', currentTime: 10, destination: {}, resume }))
    const chime = new Chime(open as unknown as () => AudioContext)
    expect(open).not.toHaveBeenCalled()
    await chime.ring()
    await chime.ring()
    expect(open).toHaveBeenCalledOnce()
    expect(resume).toHaveBeenCalledTimes(2)
    expect(starts).toHaveLength(4)
    expect(Math.max(...stops)).toBeLessThan(11)
  })

  it('is silent on a device without audio', async () => {
    const chime = new Chime(() => {
      throw new Error('No such device.')
    })
    await expect(chime.ring()).resolves.toBeUndefined()
  })
})
