import { draftKey } from '../session/storage-keys.ts'

/** What was typed and not sent yet, kept over reloads for each user and room. */
export class Drafts {
  readonly #user: number
  #isShut = false

  constructor(user: number) {
    this.#user = user
  }

  read(room: string): string {
    try {
      return localStorage.getItem(draftKey(this.#user, room)) ?? ''
    } catch {
      // Storage may be forbidden; the draft then lives as long as the page.
      return ''
    }
  }

  save(room: string, text: string) {
    if (this.#isShut) return
    try {
      if (text) localStorage.setItem(draftKey(this.#user, room), text)
      else localStorage.removeItem(draftKey(this.#user, room))
    } catch {
      // As above.
    }
  }

  /** Saves nothing more: the user's data are deleted from this browser. */
  shut() {
    this.#isShut = true
  }
}
