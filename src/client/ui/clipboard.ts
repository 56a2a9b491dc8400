/** Puts a text on the clipboard. @returns whether the browser let us: not on a page that came over plain http */
export async function copyText(text: string): Promise<boolean> {
  try {
    const { clipboard } = navigator as { clipboard?: Clipboard }
    await clipboard?.writeText(text)
    return clipboard !== undefined
  } catch {
    // Forbidden; the text can still be marked and copied by hand.
    return false
  }
}
