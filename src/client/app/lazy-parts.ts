/**
 * The parts that the first load of the page leaves out, in one file with all that they need, since most are needed soon. A part
 * adds nothing to the first load if it takes its texts from `src/shared/locales/<language>/lazy.ts` and its icons from
 * `lazy-icons.ts`, and imports its own style sheet. What it uses of Vue is in the first load.
 */

import '../../../static/css/room/code-colours.css'
import { defineAsyncComponent, type Ref } from 'vue'
import type { LanguageCode } from '../../shared/language.ts'
import { openCodeWorker } from '../code-highlighting/code-worker.ts'
import { Highlighter } from '../code-highlighting/highlighter.ts'
import CommandNotice from '../composer/CommandNotice.vue'
import CompletionList from '../composer/CompletionList.vue'
import ComposerContext from '../composer/ComposerContext.vue'
import { withEmoji } from '../composer/completion.ts'
import WriteBlockedNotice from '../composer/WriteBlockedNotice.vue'
import ConnectionBanner from '../connection/ConnectionBanner.vue'
import EmojiPicker from '../emoji/EmojiPicker.vue'
import { loadEmoji } from '../emoji/emoji.ts'
import ComposerFiles from '../files/ComposerFiles.vue'
import InviteButton from '../invitations/InviteButton.vue'
import MessageActions from '../message/MessageActions.vue'
import MessageMenu from '../message/MessageMenu.vue'
import { type AlertContext, Alerts } from '../notifications/alerts.ts'
import { openBrowserNotifications } from '../notifications/browser-notifications.ts'
import { followSettings } from '../notifications/follow-settings.ts'
import { endPush } from '../notifications/push.ts'
import { answerWorker } from '../notifications/worker-messages.ts'
import RefusedItem from '../outbox/RefusedItem.vue'
import UndeliverableItems from '../outbox/UndeliverableItems.vue'
import UnsentState from '../outbox/UnsentState.vue'
import OfflineMembers from '../people/OfflineMembers.vue'
import MessageRequestBar from '../room/MessageRequestBar.vue'
import NoRoomView from '../room/NoRoomView.vue'
import ChangeNotice from '../timeline/ChangeNotice.vue'
import JumpToLatest from '../timeline/JumpToLatest.vue'
import TypingIndicator from '../timeline/TypingIndicator.vue'
import Toast from '../toast/Toast.vue'
import type { Chat } from './chat.ts'
import Dialogs from './Dialogs.vue'

export { findShared } from '../share/shared-item.ts'
export { moveToSection } from '../shortcuts/sections.ts'
export { copiedText } from '../timeline/copied-messages.ts'
export { copyText } from '../ui/clipboard.ts'
export { restoreFocus } from '../ui/focus-restoration.ts'

/** Apart: a page that has files begins to load them at once, as `views/chat.njk` says. */
export const loadMessageFiles = () => import('../files/MessageFiles.vue')

export const parts = {
  WriteBlockedNotice,
  CommandNotice,
  CompletionList,
  ComposerContext,
  ConnectionBanner,
  Dialogs,
  ComposerFiles,
  MessageFiles: defineAsyncComponent(loadMessageFiles),
  UnsentState,
  EmojiPicker,
  InviteButton,
  UndeliverableItems,
  MessageActions,
  MessageMenu,
  NoRoomView,
  OfflineMembers,
  RefusedItem,
  MessageRequestBar,
  Toast,
  TypingIndicator,
  ChangeNotice,
  JumpToLatest,
}

export const texts = {
  en: async () => (await import('../../shared/locales/en/lazy.ts')).lazy,
  zh: async () => (await import('../../shared/locales/zh/lazy.ts')).lazy,
}

export async function replaceShortcodes(text: string, code: LanguageCode): Promise<string> {
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
