/**
 * What the page can do without to begin with: it comes when somebody needs it, or when the page is at rest. What it says
 * is in `src/shared/words/later-*.ts`, which come along, and which `useWholeLanguage` gives.
 */
import { type Component, defineAsyncComponent, type InjectionKey, inject } from 'vue'
import type { Alerts, Situation } from './alerts.ts'
import type { PageLanguage } from './language.ts'

export type Later = ReturnType<typeof openLater>

const restMs = 3_000

export function openLater(language: PageLanguage) {
  const loads: (() => Promise<unknown>)[] = []

  function part<Part extends Component>(load: () => Promise<{ default: Part }>): Part {
    const loadWithWords = async () => {
      const [{ default: component }] = await Promise.all([load(), language.learnLaterWords()])
      return component
    }
    loads.push(loadWithWords)
    return defineAsyncComponent(loadWithWords)
  }

  return {
    EmojiPicker: part(() => import('./components/EmojiPicker.vue')),
    KeySheet: part(() => import('./components/KeySheet.vue')),
    MessageActions: part(() => import('./components/MessageActions.vue')),
    MessageMenu: part(() => import('./components/MessageMenu.vue')),
    RefusedItem: part(() => import('./components/RefusedItem.vue')),
    RoomSwitcher: part(() => import('./components/RoomSwitcher.vue')),
    SettingsDialog: part(() => import('./components/SettingsDialog.vue')),

    /** Once nothing else is to do, so that it is there at once, and without a line too. */
    fetchAtRest() {
      // Without a line now, each is tried again when it is needed.
      atRest(() => loads.forEach((load) => void load().catch(() => {})))
    },
  }
}

export const laterKey: InjectionKey<Later> = Symbol('later')

/** The components that come later, which `main.ts` provides. */
export function useLater(): Later {
  const later = inject(laterKey)
  if (!later) throw new Error('Nothing is provided for later.')
  return later
}

export async function openAlerts(situation: Omit<Situation, 'outside'>): Promise<Alerts> {
  const [{ Alerts }, { openOutside }] = await Promise.all([import('./alerts.ts'), import('./outside.ts')])
  return new Alerts({ ...situation, outside: openOutside() })
}

function atRest(act: () => void) {
  if ('requestIdleCallback' in window) requestIdleCallback(act, { timeout: restMs })
  else setTimeout(act, restMs)
}
