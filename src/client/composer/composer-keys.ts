/** The meaning of keys for the composer. */
import { isComposing } from '../ui/input-events.ts'

export type KeyMeaning = 'send' | 'cancel' | 'edit-last'

interface ComposerState {
  touch: boolean
  enterSends: boolean
  isEmpty: boolean
}

/** Undefined where the browser does the right thing, such as a new line. */
export function keyMeaning(
  event: KeyboardEvent,
  { touch, enterSends, isEmpty }: ComposerState,
): KeyMeaning | undefined {
  const { key, shiftKey, ctrlKey, metaKey, altKey } = event
  if (shiftKey || altKey || isComposing(event)) return undefined
  const isPlain = !ctrlKey && !metaKey
  if (key === 'Enter') return !isPlain || (enterSends && (!touch || isPhysical(event))) ? 'send' : undefined
  if (key === 'Escape') return 'cancel'
  if (key === 'ArrowUp' && isPlain && isEmpty) return 'edit-last'
  return undefined
}

/** Keyboards that are drawn on the screen leave `code` empty, or "Unidentified". */
function isPhysical({ code }: KeyboardEvent): boolean {
  return code === 'Enter' || code === 'NumpadEnter'
}

/**
 * Text typed outside any field, or with the messages in focus, goes to the box. Not `?`, which asks for the keys, nor the
 * space bar, which scrolls.
 */
export function goesToComposer(event: KeyboardEvent, page: Document): boolean {
  const { key, ctrlKey, metaKey, altKey, defaultPrevented } = event
  if (defaultPrevented || ctrlKey || metaKey || altKey || [...key].length !== 1 || key === '?' || key === ' ')
    return false
  return !page.querySelector('dialog[open], :popover-open:not(.toast)') && isNowhere(page.activeElement, page)
}

function isNowhere(focused: Element | null, page: Document): boolean {
  if (!focused || focused === page.body) return true
  return Boolean(focused.closest('.log')) && !focused.matches('a, button, input, textarea, select, summary')
}
