/** The browser's own places for news, as far as this browser has them. */

import { minuteMs } from '../../shared/durations.ts'
import type { BrowserNotifications, Notice } from './alerts.ts'
import { Chime } from './chime.ts'

/** How long a tab that tells the user keeps others from it. Browsers may run the timers of a hidden tab only once a minute. */
const heldMs = 2 * minuteMs

export function openBrowserNotifications(): BrowserNotifications {
  const chime = new Chime(() => new AudioContext())
  const notifications = new Notifications()
  return {
    setTitle: whenNew((title) => {
      document.title = title
    }),
    setIcon: whenNew((path) => document.querySelector('link[rel=icon]')?.setAttribute('href', path)),
    setBadge: whenNew((badge) => void setBadge(badge)),
    once: (name, tell) => void runInOneTab(name, tell),
    notify: (notice, clicked) => void notifications.notify(notice, clicked),
    closeRead: (isRead) => void notifications.closeRead(isRead),
    canRing: () => (navigator as Partial<Navigator>).userActivation?.hasBeenActive !== false,
    ring: () => void chime.ring(),
  }
}

/**
 * The tabs of a browser hear of a message at about the same time: runs it unless another tab has run what has the same name.
 * Browsers without locks run it in every tab: those over plain HTTP.
 */
export async function runInOneTab(name: string, run: () => void): Promise<void> {
  const { locks } = navigator as Partial<Navigator>
  if (!locks) return run()
  let hasAnswer = false
  try {
    await locks.request(`teahouse ${name}`, { ifAvailable: true }, (lock) => {
      hasAnswer = true
      if (!lock) return
      run()
      return new Promise<void>((resolve) => setTimeout(resolve, heldMs))
    })
  } catch (error) {
    // Locks may be forbidden, as storage is.
    if (hasAnswer) throw error
    run()
  }
}

/** Counts are given with everything that happens in a room, and an icon that is set to what it is would be fetched again. */
function whenNew<Value>(set: (value: Value) => void): (value: Value) => void {
  let last: { value: Value } | undefined
  return (value) => {
    if (last && last.value === value) return
    last = { value }
    set(value)
  }
}

async function setBadge(badge: number | 'dot' | undefined) {
  try {
    if (badge === undefined) await navigator.clearAppBadge?.()
    else await navigator.setAppBadge?.(badge === 'dot' ? undefined : badge)
  } catch {
    // Where the page is not installed there is nothing to put a badge on.
  }
}

/** The same as in a push: the service worker shows it where there is one. */
class Notifications {
  /** Those that the page shows itself. */
  readonly #own = new Map<string, { id: number; close: () => void }>()

  readonly notify = async (notice: Notice, clicked: () => void): Promise<void> => {
    if (!('Notification' in window) || Notification.permission !== 'granted') return
    const registration = await registered()
    if (registration?.active) registration.active.postMessage(notice)
    else this.#show(notice, clicked)
  }

  readonly closeRead = async (isRead: (room: string, id: number) => boolean): Promise<void> => {
    for (const [room, { id }] of this.#own) if (isRead(room, id)) this.#close(room)
    for (const one of (await (await registered())?.getNotifications?.()) ?? []) {
      if (one.data?.room !== undefined && isRead(one.data.room, one.data.id)) one.close()
    }
  }

  #show({ title, body, tag, room, id }: Notice, clicked: () => void) {
    this.#close(room)
    try {
      const notification = new Notification(title, { body, tag, icon: '/static/images/icon-192.png' })
      this.#own.set(room, { id, close: () => notification.close() })
      notification.onclick = () => {
        window.focus()
        this.#close(room)
        clicked()
      }
    } catch {
      // Chrome on Android has the class and lets only service workers use it.
    }
  }

  #close(room: string) {
    this.#own.get(room)?.close()
    this.#own.delete(room)
  }
}

/** Plain http from another host has no service workers, and some browsers forbid them. */
async function registered(): Promise<ServiceWorkerRegistration | undefined> {
  try {
    return await (navigator as Partial<Navigator>).serviceWorker?.getRegistration()
  } catch {
    // As above.
    return undefined
  }
}
