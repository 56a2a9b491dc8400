// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { RoomRow } from '../../../src/client/navigation/room-list.ts'
import { openBrowserNotifications } from '../../../src/client/notifications/browser-notifications.ts'
import { Chime } from '../../../src/client/notifications/chime.ts'
import { Alerts, type BrowserNotifications, type Mention } from '../../../src/client/notifications/mention-alerts.ts'
import { FakeClock } from '../support/fakes.ts'

const row = (room: string, unread: number, mentions = 0): RoomRow => ({
  room,
  title: room,
  peopleNames: '',
  unread,
  mentions,
})
const graceMs = 2_000

interface Shown {
  title: string
  body: string
  tag: string
  click: () => void
  isGone: boolean
}

class FakeOutside implements BrowserNotifications {
  title = ''
  icon = ''
  badge: number | 'dot' | undefined
  rings = 0
  readonly notifications: Shown[] = []

  setTitle = (title: string) => {
    this.title = title
  }
  setIcon = (path: string) => {
    this.icon = path
  }
  setBadge = (badge: number | 'dot' | undefined) => {
    this.badge = badge
  }
  ring = () => {
    this.rings++
  }
  notify = (title: string, body: string, tag: string, _icon: string, click: () => void) => {
    const shown: Shown = { title, body, tag, click, isGone: false }
    this.notifications.push(shown)
    return () => {
      shown.isGone = true
    }
  }
}

function start({ notify = true, sound = true, looking = false } = {}) {
  const outside = new FakeOutside()
  const clock = new FakeClock()
  const eyes = { looking }
  const gone: [string, number][] = []
  const alerts = new Alerts({
    settings: { enterSends: true, opensAtEnd: false, notify, sound },
    clock,
    outside,
    serverName: 'Teahouse',
    serverIcon: 'green/cup',
    isFocused: () => eyes.looking,
    go: (room, id) => gone.push([room, id]),
  })
  return { alerts, outside, clock, eyes, gone }
}

const mention: Mention = { room: 'oolong', name: 'Oolong', id: 7, from: 'Anna', text: 'tea, @Li?' }

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

describe('mention', () => {
  it('shows a notification and plays a sound while the page is hidden', () => {
    const { alerts, outside, clock } = start()
    alerts.mentioned(mention)
    alerts.update([row('oolong', 1, 1)], 'lobby')
    clock.pass(graceMs)
    expect(outside.notifications).toMatchObject([{ title: 'Anna · Oolong', body: 'tea, @Li?', tag: 'oolong' }])
    expect(outside.rings).toBe(1)
  })

  it('causes no alert while the page is visible or becomes visible', () => {
    const looked = start({ looking: true })
    looked.alerts.mentioned(mention)
    looked.alerts.update([row('oolong', 1, 1)], 'lobby')
    looked.eyes.looking = false
    looked.clock.pass(graceMs)
    const coming = start()
    coming.alerts.mentioned(mention)
    coming.alerts.update([row('oolong', 1, 1)], 'lobby')
    coming.eyes.looking = true
    coming.clock.pass(graceMs)
    for (const { outside } of [looked, coming]) expect([outside.notifications, outside.rings]).toEqual([[], 0])
  })

  it('causes no alert in a muted room', () => {
    const { alerts, outside, clock } = start()
    alerts.update([{ ...row('oolong', 1, 1), notify: 'nothing' }], 'lobby')
    alerts.mentioned(mention)
    clock.pass(graceMs)
    expect([outside.notifications, outside.rings]).toEqual([[], 0])
  })

  it('causes no alert when another page has read it meanwhile', () => {
    const { alerts, outside, clock } = start()
    alerts.mentioned(mention)
    alerts.update([row('oolong', 1, 1)], 'lobby')
    clock.pass(graceMs - 1)
    alerts.update([row('oolong', 0)], 'lobby')
    clock.pass(1)
    expect([outside.notifications, outside.rings]).toEqual([[], 0])
  })

  it('causes only the chosen alerts: a notification, a sound, or none', () => {
    for (const [notify, sound] of [
      [true, false],
      [false, true],
      [false, false],
    ] as const) {
      const { alerts, outside, clock } = start({ notify, sound })
      alerts.mentioned(mention)
      alerts.update([row('oolong', 1, 1)], 'lobby')
      clock.pass(graceMs)
      expect([outside.notifications.length, outside.rings]).toEqual([Number(notify), Number(sound)])
    }
  })

  it('is shown when its notification is clicked, and the notification closes', () => {
    const { alerts, outside, clock, gone } = start()
    alerts.update([row('oolong', 1, 1)], 'lobby')
    alerts.mentioned(mention)
    clock.pass(graceMs)
    outside.notifications[0]?.click()
    expect(gone).toEqual([['oolong', 7]])
    expect(outside.notifications[0]?.isGone).toBe(true)
  })

  it('loses its notification when its room is read, and not when another room is', () => {
    const { alerts, outside, clock } = start()
    alerts.update([row('lobby', 1), row('oolong', 1, 1)], 'lobby')
    alerts.mentioned(mention)
    clock.pass(graceMs)
    alerts.update([row('lobby', 0), row('oolong', 1, 1)], 'lobby')
    expect(outside.notifications[0]?.isGone).toBe(false)
    alerts.update([row('lobby', 0), row('oolong', 0)], 'lobby')
    expect(outside.notifications[0]?.isGone).toBe(true)
  })

  it('replaces the earlier notification of the same room', () => {
    const { alerts, outside, clock } = start()
    alerts.update([row('oolong', 2, 2)], 'lobby')
    alerts.mentioned(mention)
    alerts.mentioned({ ...mention, id: 8 })
    clock.pass(graceMs)
    expect(outside.notifications.map(({ isGone }) => isGone)).toEqual([true, false])
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

  it('show a permitted notification, and bring the page to the front when it is clicked', () => {
    const shown: { onclick?: () => void; close: () => void }[] = []
    class Notification {
      static permission = 'granted'
      close = vi.fn()
      constructor(title: string, options: object) {
        shown.push(this)
        expect([title, options]).toEqual(['Anna', { body: 'tea?', tag: 'lobby', icon: '/icon/plain/green/cup' }])
      }
    }
    vi.stubGlobal('Notification', Notification)
    const focus = vi.spyOn(window, 'focus').mockImplementation(() => {})
    const clicked = vi.fn()
    const cleanUp = openBrowserNotifications().notify('Anna', 'tea?', 'lobby', '/icon/plain/green/cup', clicked)
    shown[0]?.onclick?.()
    expect(focus).toHaveBeenCalledOnce()
    expect(clicked).toHaveBeenCalledOnce()
    cleanUp()
    expect(shown[0]?.close).toHaveBeenCalledOnce()
    Notification.permission = 'denied'
    openBrowserNotifications().notify('Anna', 'tea?', 'lobby', '/icon/plain/green/cup', clicked)
    expect(shown).toHaveLength(1)
  })

  it('work where only service workers may show notifications', () => {
    class Notification {
      static permission = 'granted'
      constructor() {
        throw new TypeError('Illegal constructor.')
      }
    }
    vi.stubGlobal('Notification', Notification)
    expect(() => openBrowserNotifications().notify('Anna', 'tea?', 'lobby', '', () => {})()).not.toThrow()
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
