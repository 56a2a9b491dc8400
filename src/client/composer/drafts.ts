/** What was typed and not sent yet, kept over reloads for each user and room. */

const keyOf = (user: number, room: string) => `teahouse-draft-${user}-${room}`

export function readDraft(user: number, room: string): string {
  try {
    return localStorage.getItem(keyOf(user, room)) ?? ''
  } catch {
    // Storage may be forbidden; the draft then lives as long as the page.
    return ''
  }
}

export function saveDraft(user: number, room: string, text: string) {
  try {
    if (text) localStorage.setItem(keyOf(user, room), text)
    else localStorage.removeItem(keyOf(user, room))
  } catch {
    // As above.
  }
}
