/** What the page can do without to begin with: it comes when somebody needs it, or when the page is at rest. */
import type { Alerts, Situation } from './alerts.ts'

export const later = {
  EmojiPicker: () => import('./components/EmojiPicker.vue'),
  KeySheet: () => import('./components/KeySheet.vue'),
  MessageActions: () => import('./components/MessageActions.vue'),
  MessageMenu: () => import('./components/MessageMenu.vue'),
  RefusedItem: () => import('./components/RefusedItem.vue'),
  RoomSwitcher: () => import('./components/RoomSwitcher.vue'),
  SettingsDialog: () => import('./components/SettingsDialog.vue'),
}

const restMs = 3_000

/** Fetches all of it once nothing else is to do, so that it is there at once, and without a line too. */
export function fetchLater(): void {
  const fetchAll = () => {
    // Without a line now, each is tried again when it is needed.
    for (const load of Object.values(later)) void load().catch(() => {})
  }
  if ('requestIdleCallback' in window) requestIdleCallback(fetchAll, { timeout: restMs })
  else setTimeout(fetchAll, restMs)
}

export async function openAlerts(situation: Omit<Situation, 'outside'>): Promise<Alerts> {
  const [{ Alerts }, { openOutside }] = await Promise.all([import('./alerts.ts'), import('./outside.ts')])
  return new Alerts({ ...situation, outside: openOutside() })
}
