/** What keeps this browser from being told of messages while no page is open. */
import type { LazyTextKey } from '../../shared/language.ts'
import type { NotificationsFrame } from '../../shared/protocol/frames.ts'

/** The part of a browser's window that it takes. */
export interface PushWindow {
  isSecureContext: boolean
  PushManager?: unknown
  Notification?: Pick<typeof Notification, 'permission'>
  matchMedia(query: string): Pick<MediaQueryList, 'matches'>
  navigator: Pick<Navigator, 'userAgent' | 'maxTouchPoints'> & { standalone?: boolean; serviceWorker?: unknown }
}

/** @returns the text that says so; undefined when nothing does */
export function pushObstacle(browser: PushWindow, push: NotificationsFrame['push']): LazyTextKey | undefined {
  if (!browser.isSecureContext) return 'pushInsecure'
  if (!push.available) return 'pushNoOrigin'
  if (isToBeInstalled(browser)) return 'pushHomeScreen'
  if (!browser.PushManager || !browser.Notification || !browser.navigator.serviceWorker) return 'pushUnsupported'
  return browser.Notification.permission === 'denied' ? 'notifyBlocked' : undefined
}

/** On iPhones and iPads, which call themselves Macs, only pages of the Home Screen receive pushes. */
function isToBeInstalled({ navigator, matchMedia }: PushWindow): boolean {
  const { userAgent, maxTouchPoints, standalone } = navigator
  const isIos = /iPhone|iPad|iPod/.test(userAgent) || (userAgent.includes('Macintosh') && maxTouchPoints > 1)
  return isIos && !standalone && !matchMedia('(display-mode: standalone)').matches
}
