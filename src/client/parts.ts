/**
 * The parts that the page can do without to begin with. This list too is fetched later, so that what is named here costs
 * the page nothing, as long as it says words of `src/shared/words/later-*.ts`, draws icons of `later-icons.ts` and imports
 * its own style sheet.
 */
import { Alerts, type Situation } from './alerts.ts'
import { openOutside } from './outside.ts'

export const parts = {
  CompletionList: () => import('./components/CompletionList.vue'),
  ComposerContext: () => import('./components/ComposerContext.vue'),
  Dialogs: () => import('./components/Dialogs.vue'),
  EmojiPicker: () => import('./components/EmojiPicker.vue'),
  KeySheet: () => import('./components/KeySheet.vue'),
  MessageActions: () => import('./components/MessageActions.vue'),
  MessageMenu: () => import('./components/MessageMenu.vue'),
  RefusedItem: () => import('./components/RefusedItem.vue'),
  RoomSwitcher: () => import('./components/RoomSwitcher.vue'),
  SettingsDialog: () => import('./components/SettingsDialog.vue'),
}

export const words = {
  en: async () => (await import('../shared/words/later-en.ts')).laterEn,
  zh: async () => (await import('../shared/words/later-zh.ts')).laterZh,
}

export function openAlerts(situation: Omit<Situation, 'outside'>): Alerts {
  return new Alerts({ ...situation, outside: openOutside() })
}
