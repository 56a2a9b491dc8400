/**
 * The parts that the page can do without to begin with. This list too is fetched later, so that what is named here costs
 * the page nothing, as long as it uses texts of `src/shared/locales/<language>/lazy.ts`, draws icons of `later-icons.ts`, imports
 * its own style sheet, and uses nothing of Vue that the page does not use: all of Vue that anybody uses comes with the page.
 */

import { openCodeWorker } from '../code-highlighting/code-worker.ts'
import { Highlighter } from '../code-highlighting/highlighter.ts'
import { openBrowserNotifications } from '../notifications/browser-notifications.ts'
import { type AlertContext, Alerts } from '../notifications/mention-alerts.ts'

export const parts = {
  WriteBlockedNotice: () => import('../composer/WriteBlockedNotice.vue'),
  CommandNotice: () => import('../composer/CommandNotice.vue'),
  CompletionList: () => import('../composer/CompletionList.vue'),
  ComposerContext: () => import('../composer/ComposerContext.vue'),
  Dialogs: () => import('./Dialogs.vue'),
  EmojiPicker: () => import('../emoji/EmojiPicker.vue'),
  InviteButton: () => import('../invitations/InviteButton.vue'),
  UndeliverableItems: () => import('../outbox/UndeliverableItems.vue'),
  MessageActions: () => import('../message/MessageActions.vue'),
  MessageMenu: () => import('../message/MessageMenu.vue'),
  NoRoomView: () => import('../room/NoRoomView.vue'),
  RefusedItem: () => import('../outbox/RefusedItem.vue'),
  MessageRequestBar: () => import('../room/MessageRequestBar.vue'),
  Toast: () => import('../ui/Toast.vue'),
  JumpToLatest: () => import('../timeline/JumpToLatest.vue'),
}

export const texts = {
  en: async () => (await import('../../shared/locales/en/lazy.ts')).lazy,
  zh: async () => (await import('../../shared/locales/zh/lazy.ts')).lazy,
}

export function openAlerts(situation: Omit<AlertContext, 'outside'>): Alerts {
  return new Alerts({ ...situation, outside: openBrowserNotifications() })
}

export function openHighlighter(): Highlighter {
  return new Highlighter(openCodeWorker)
}
