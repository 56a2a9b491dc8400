/** Puts a text on the clipboard. @returns whether the browser let us */
export async function copyText(text: string): Promise<boolean> {
  try {
    // Missing on a page that came over plain http.
    const { clipboard } = navigator as { clipboard?: Clipboard }
    if (!clipboard) return copySelection(text)
    await clipboard.writeText(text)
    return true
  } catch {
    // Forbidden; the text can still be marked and copied by hand.
    return false
  }
}

/** The older way, which copies what is selected. The focus and the selection are as before afterwards. */
function copySelection(text: string): boolean {
  const focused = document.activeElement
  const box = document.createElement('textarea')
  box.value = text
  box.readOnly = true
  box.className = 'visually-hidden'
  // What is outside an open dialog cannot be selected.
  const parent = focused?.closest('dialog') ?? document.body
  parent.append(box)
  box.select()
  const isCopied = document.execCommand('copy')
  box.remove()
  if (focused instanceof HTMLElement) focused.focus({ preventScroll: true })
  return isCopied
}
