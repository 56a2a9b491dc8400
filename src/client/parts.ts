/**
 * The parts that the page can do without to begin with. This list too is fetched later, so that what is named here costs
 * the page nothing, as long as it uses texts of `src/shared/locales/<language>/lazy.ts`, draws icons of `later-icons.ts`, imports
 * its own style sheet, and uses nothing of Vue that the page does not use: all of Vue that anybody uses comes with the page.
 */
import { Alerts, type Situation } from './alerts.ts'
import { openCodeWorker } from './code-worker.ts'
import { Highlighter } from './highlighter.ts'
import { openOutside } from './outside.ts'

export const parts = {
  CannotWrite: () => import('./components/CannotWrite.vue'),
  CompletionList: () => import('./components/CompletionList.vue'),
  ComposerContext: () => import('./components/ComposerContext.vue'),
  Dialogs: () => import('./components/Dialogs.vue'),
  EmojiPicker: () => import('./components/EmojiPicker.vue'),
  InviteButton: () => import('./components/InviteButton.vue'),
  InvitesDialog: () => import('./components/InvitesDialog.vue'),
  KeySheet: () => import('./components/KeySheet.vue'),
  LostItems: () => import('./components/LostItems.vue'),
  MembersDialog: () => import('./components/MembersDialog.vue'),
  MessageActions: () => import('./components/MessageActions.vue'),
  MessageMenu: () => import('./components/MessageMenu.vue'),
  NewRoom: () => import('./components/NewRoom.vue'),
  NoRoom: () => import('./components/NoRoom.vue'),
  PersonCard: () => import('./components/PersonCard.vue'),
  QrCode: () => import('./components/QrCode.vue'),
  ReactionsDialog: () => import('./components/ReactionsDialog.vue'),
  RefusedItem: () => import('./components/RefusedItem.vue'),
  RequestBar: () => import('./components/RequestBar.vue'),
  RoomDialog: () => import('./components/RoomDialog.vue'),
  RoomSwitcher: () => import('./components/RoomSwitcher.vue'),
  SettingsDialog: () => import('./components/SettingsDialog.vue'),
  SignOutDialog: () => import('./components/SignOutDialog.vue'),
  Toast: () => import('./components/Toast.vue'),
  ToNews: () => import('./components/ToNews.vue'),
}

export const texts = {
  en: async () => (await import('../shared/locales/en/lazy.ts')).lazy,
  zh: async () => (await import('../shared/locales/zh/lazy.ts')).lazy,
}

export function openAlerts(situation: Omit<Situation, 'outside'>): Alerts {
  return new Alerts({ ...situation, outside: openOutside() })
}

export function openHighlighter(): Highlighter {
  return new Highlighter(openCodeWorker)
}
