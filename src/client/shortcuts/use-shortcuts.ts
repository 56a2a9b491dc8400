/** The shortcuts that work everywhere on the page. A component handles the keys that work only in it. */
import { onMounted, onUnmounted } from 'vue'
import { isComposing } from '../ui/input-events.ts'

export type Action =
  | 'show-shortcuts'
  | 'switch-room'
  | 'search'
  | 'previous-room'
  | 'next-room'
  | 'previous-unread'
  | 'next-unread'
  | 'mark-read'
  | 'mark-all-read'
  | 'first-unread'
  | 'next-mention'
  | 'latest'
  | 'next-section'
  | 'previous-section'

export type Actions = Readonly<Record<Action, () => void>>

/** The state of the page when a key is pressed. */
export interface KeyContext {
  /** The key is pressed where one writes. */
  inField: boolean
  /** A dialog has the page to itself. */
  inDialog: boolean
  /** Something floats that Escape closes. */
  isFloating: boolean
  isApple: boolean
}

const actions: Readonly<Record<string, Action>> = {
  '?': 'show-shortcuts',
  'Mod+k': 'switch-room',
  '/': 'search',
  'Mod+Shift+f': 'search',
  'Alt+ArrowUp': 'previous-room',
  'Alt+ArrowDown': 'next-room',
  'Alt+Shift+ArrowUp': 'previous-unread',
  'Alt+Shift+ArrowDown': 'next-unread',
  Escape: 'mark-read',
  'Shift+Escape': 'mark-all-read',
  'Alt+PageUp': 'first-unread',
  'Alt+PageDown': 'next-mention',
  'Alt+End': 'latest',
  F6: 'next-section',
  'Shift+F6': 'previous-section',
}

/** The action of a key; undefined if it has none or if something else has handled the key. */
export function actionOf(event: KeyboardEvent, around: KeyContext): Action | undefined {
  if (event.defaultPrevented || isComposing(event) || around.inDialog) return undefined
  const action = actions[chordOf(event, around.isApple)]
  // What writes a character writes it there.
  if (event.key.length === 1 && !event.ctrlKey && !event.metaKey && around.inField) return undefined
  if ((action === 'mark-read' || action === 'mark-all-read') && around.isFloating) return undefined
  return action
}

/** Its name in the table above. What a key writes says already whether Shift was held. */
function chordOf({ key, altKey, ctrlKey, metaKey, shiftKey }: KeyboardEvent, isApple: boolean): string {
  const [mod, other] = isApple ? [metaKey, ctrlKey] : [ctrlKey, metaKey]
  const writes = key.length === 1
  const held = [other && 'Other', mod && 'Mod', altKey && 'Alt', shiftKey && !(writes && !mod) && 'Shift']
  return [...held.filter(Boolean), writes ? key.toLowerCase() : key].join('+')
}

export function useShortcuts(does: Actions): void {
  function press(event: KeyboardEvent) {
    const action = actionOf(event, keyContextOf(event))
    if (!action) return
    event.preventDefault()
    does[action]()
  }
  // After what has the focus, and before the window, where any letter goes to the composer.
  onMounted(() => document.addEventListener('keydown', press))
  onUnmounted(() => document.removeEventListener('keydown', press))
}

function keyContextOf(event: KeyboardEvent): KeyContext {
  const [target] = event.composedPath()
  return {
    inField: target instanceof Element && target.closest('input, textarea, select, [contenteditable]') !== null,
    inDialog: document.querySelector('dialog[open]') !== null,
    isFloating: document.querySelector(':popover-open:not(.toast)') !== null,
    isApple: isApple(),
  }
}

export function isApple(): boolean {
  return /Mac|iP(hone|ad|od)/.test(navigator.platform)
}
