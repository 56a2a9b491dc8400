/** Replaces a part of the text as if it were typed, so that the browser's own undo brings it back. */
export function typeInto(box: HTMLTextAreaElement, from: number, to: number, text: string): void {
  box.focus()
  box.setSelectionRange(from, to)
  // Declared obsolete, and still the only way that keeps the undo stack.
  if (box.ownerDocument.execCommand?.('insertText', false, text)) return
  box.setRangeText(text, from, to, 'end')
  box.dispatchEvent(new Event('input', { bubbles: true }))
}
