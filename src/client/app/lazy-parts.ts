/**
 * The parts that the first load of the page leaves out. This list is loaded lazily too, so a part adds nothing to the
 * first load if it takes its texts from `src/shared/locales/<language>/lazy.ts` and its icons from `lazy-icons.ts`, and
 * imports its own style sheet. What it uses of Vue is in the first load.
 */

import '../../../static/css/room/code-colours.css'
import type { Ref } from 'vue'
import type { LanguageCode } from '../../shared/language.ts'
import { openCodeWorker } from '../code-highlighting/code-worker.ts'
import { Highlighter } from '../code-highlighting/highlighter.ts'
import { type AlertContext, Alerts } from '../notifications/alerts.ts'
import { openBrowserNotifications } from '../notifications/browser-notifications.ts'
import { followSettings } from '../notifications/follow-settings.ts'
import { endPush } from '../notifications/push.ts'
import { answerWorker } from '../notifications/worker-messages.ts'
import type { Chat } from './chat.ts'

export { findShared } from '../share/shared-item.ts'
export { moveToSection } from '../shortcuts/sections.ts'
export { copiedText } from '../timeline/copied-messages.ts'
export { copyText } from '../ui/clipboard.ts'
export { restoreFocus } from '../ui/focus-restoration.ts'

export const parts = {
  WriteBlockedNotice: () => import('../composer/WriteBlockedNotice.vue'),
  CommandNotice: () => import('../composer/CommandNotice.vue'),
  CompletionList: () => import('../composer/CompletionList.vue'),
  ComposerContext: () => import('../composer/ComposerContext.vue'),
  ConnectionBanner: () => import('../connection/ConnectionBanner.vue'),
  Dialogs: () => import('./Dialogs.vue'),
  ComposerFiles: () => import('../files/ComposerFiles.vue'),
  MessageFiles: () => import('../files/MessageFiles.vue'),
  UnsentState: () => import('../outbox/UnsentState.vue'),
  EmojiPicker: () => import('../emoji/EmojiPicker.vue'),
  InviteButton: () => import('../invitations/InviteButton.vue'),
  UndeliverableItems: () => import('../outbox/UndeliverableItems.vue'),
  MessageActions: () => import('../message/MessageActions.vue'),
  MessageMenu: () => import('../message/MessageMenu.vue'),
  NoRoomView: () => import('../room/NoRoomView.vue'),
  OfflineMembers: () => import('../people/OfflineMembers.vue'),
  RefusedItem: () => import('../outbox/RefusedItem.vue'),
  MessageRequestBar: () => import('../room/MessageRequestBar.vue'),
  Toast: () => import('../toast/Toast.vue'),
  TypingIndicator: () => import('../timeline/TypingIndicator.vue'),
  ChangeNotice: () => import('../timeline/ChangeNotice.vue'),
  JumpToLatest: () => import('../timeline/JumpToLatest.vue'),
}

export const texts = {
  en: async () => (await import('../../shared/locales/en/lazy.ts')).lazy,
  zh: async () => (await import('../../shared/locales/zh/lazy.ts')).lazy,
}

export async function replaceShortcodes(text: string, code: LanguageCode): Promise<string> {
  const [{ withEmoji }, { loadEmoji }] = await Promise.all([
    import('../composer/completion.ts'),
    import('../emoji/emoji.ts'),
  ])
  return withEmoji(text, await loadEmoji(code))
}

interface AlertedPage extends Omit<AlertContext, 'outside' | 'chat'> {
  chat: Chat
  here: Readonly<Ref<string>>
}

export function openAlerts({ here, ...situation }: AlertedPage): Alerts {
  const { chat, clock, language, go } = situation
  followSettings(chat, clock, language.code)
  chat.endPush = endPush
  answerWorker((navigator as Partial<Navigator>).serviceWorker, {
    user: chat.user.id,
    isShown: (room) => room === here.value && !document.hidden,
    go,
  })
  return new Alerts({ ...situation, outside: openBrowserNotifications() })
}

export function openHighlighter(): Highlighter {
  return new Highlighter(openCodeWorker)
}
