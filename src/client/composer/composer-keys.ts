/** What a key means to the composer, and what is put into its box. */
import type { Message } from '../../shared/protocol/types.ts'

/** The message that what is written answers or replaces. */
export interface Context {
  type: 'reply' | 'edit'
  message: Message
}

export type KeyMeaning = 'send' | 'cancel' | 'edit-last'

interface ComposerState {
  touch: boolean
  enterSends: boolean
  isEmpty: boolean
}

/** The key belongs to an input method: Enter that ends the choice of a Chinese word. Safari says so by the key code alone. */
export function isComposing(event: KeyboardEvent): boolean {
  return event.isComposing || event.keyCode === 229
}

/** Undefined where the browser does what is right, as breaking the line. */
export function keyMeaning(
  event: KeyboardEvent,
  { touch, enterSends, isEmpty }: ComposerState,
): KeyMeaning | undefined {
  const { key, shiftKey, ctrlKey, metaKey, altKey } = event
  if (shiftKey || altKey || isComposing(event)) return undefined
  const isPlain = !ctrlKey && !metaKey
  if (key === 'Enter') return !isPlain || (enterSends && !touch) ? 'send' : undefined
  if (key === 'Escape') return 'cancel'
  if (key === 'ArrowUp' && isPlain && isEmpty) return 'edit-last'
  return undefined
}

/**
 * Text typed outside any field, or with the messages in focus, goes to the box. Not `?`, which asks for the keys, nor the
 * space bar, which scrolls.
 */
export function goesToComposer(event: KeyboardEvent, page: Document): boolean {
  const { key, ctrlKey, metaKey, altKey, defaultPrevented } = event
  if (defaultPrevented || ctrlKey || metaKey || altKey || [...key].length !== 1 || key === '?' || key === ' ')
    return false
  return !page.querySelector('dialog[open], :popover-open') && isNowhere(page.activeElement, page)
}

function isNowhere(focused: Element | null, page: Document): boolean {
  if (!focused || focused === page.body) return true
  return Boolean(focused.closest('.log')) && !focused.matches('a, button, input, textarea, select, summary')
}

/** Replaces a part of the text as if it were typed, so that the browser's own undo brings it back. */
export function typeInto(box: HTMLTextAreaElement, from: number, to: number, text: string): void {
  box.focus()
  box.setSelectionRange(from, to)
  // Declared obsolete, and still the only way that keeps the undo stack.
  if (box.ownerDocument.execCommand?.('insertText', false, text)) return
  box.setRangeText(text, from, to, 'end')
  box.dispatchEvent(new Event('input', { bubbles: true }))
}
