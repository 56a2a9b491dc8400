/** The browser's own places for news, as far as this browser has them. */

import { Chime } from './chime.ts'
import type { BrowserNotifications } from './mention-alerts.ts'

export function openBrowserNotifications(): BrowserNotifications {
  const chime = new Chime(() => new AudioContext())
  return {
    setTitle: whenNew((title) => {
      document.title = title
    }),
    setIcon: whenNew((path) => document.querySelector('link[rel=icon]')?.setAttribute('href', path)),
    setBadge: whenNew((badge) => void setBadge(badge)),
    notify,
    ring: () => void chime.ring(),
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

function notify(title: string, body: string, tag: string, icon: string, clicked: () => void): () => void {
  if (!('Notification' in window) || Notification.permission !== 'granted') return () => {}
  try {
    const notification = new Notification(title, { body, tag, icon })
    notification.onclick = () => {
      window.focus()
      clicked()
    }
    return () => notification.close()
  } catch {
    // Chrome on Android has the class and lets only service workers use it.
    return () => {}
  }
}
