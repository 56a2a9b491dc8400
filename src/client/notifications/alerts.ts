/** Tells the user about unread messages, as the settings allow: title, icon and badge; for a mention also a notification and a sound. */

import type { Clock } from '../../../clients/js/src/clock.ts'
import { iconPath } from '../../shared/appearance/icon-path.ts'
import { badgeOf, mentionNewsIn, mentionsIn, type RoomRow, unreadIn } from '../navigation/room-list.ts'
import type { Settings } from '../settings/settings.ts'

/** A message that names the user. */
export interface Mention {
  room: string
  /** The room's name for people. */
  name: string
  id: number
  /** The author. */
  from: string
  text: string
}

/** The signs that a user sees and hears outside of the page's own area. */
export interface BrowserNotifications {
  setTitle(title: string): void
  setIcon(path: string): void
  /** Sets the badge of the installed page: a number, a dot, or nothing. */
  setBadge(badge: number | 'dot' | undefined): void
  /** Shows a word of the system's kind, or nothing where that is not allowed; the result takes it away again. */
  notify(title: string, body: string, tag: string, icon: string, clicked: () => void): () => void
  ring(): void
}

export interface AlertContext {
  settings: Readonly<Settings>
  clock: Clock
  serverName: string
  /** Names the icon of the server. */
  serverIcon: string
  outside: BrowserNotifications
  isFocused(): boolean
  go(room: string, id: number): void
}

/** Time for another page of the same user to report that the message is read. */
const graceMs = 2_000

export class Alerts {
  readonly #situation: AlertContext
  #rows: readonly RoomRow[] = []
  readonly #shown = new Map<string, () => void>()

  constructor(situation: AlertContext) {
    this.#situation = situation
  }

  /** The counts as they are now. What has been read, here or elsewhere, is no news any more. */
  update(rows: readonly RoomRow[], hereName: string) {
    this.#rows = rows
    const { outside, serverName, serverIcon } = this.#situation
    const [unread, mentions] = [unreadIn(rows), mentionsIn(rows)]
    outside.setTitle(titleOf(hereName, unread, serverName))
    outside.setIcon(iconPath(mentions ? 'mention' : unread ? 'unread' : 'plain', serverIcon))
    outside.setBadge(mentions || (unread ? 'dot' : undefined))
    for (const room of this.#shown.keys()) if (!this.#isMentioned(room)) this.#takeAway(room)
  }

  mentioned(mention: Mention) {
    const { settings, clock, isFocused } = this.#situation
    if (isFocused() || !(settings.notify || settings.sound)) return
    clock.after(graceMs, () => this.#tell(mention))
  }

  #tell(mention: Mention) {
    const { settings, outside, isFocused } = this.#situation
    if (isFocused() || !this.#isMentioned(mention.room)) return
    if (settings.sound) outside.ring()
    if (settings.notify) this.#notify(mention)
  }

  #notify({ room, name, id, from, text }: Mention) {
    const { outside, serverIcon, go } = this.#situation
    this.#takeAway(room)
    const takeAway = outside.notify(`${from} · ${name}`, text, room, iconPath('plain', serverIcon), () => {
      this.#takeAway(room)
      go(room, id)
    })
    this.#shown.set(room, takeAway)
  }

  #isMentioned(room: string): boolean {
    return this.#rows.some((row) => row.room === room && mentionNewsIn(row) > 0)
  }

  #takeAway(room: string) {
    this.#shown.get(room)?.()
    this.#shown.delete(room)
  }
}

export function titleOf(name: string, unread: number, serverName: string): string {
  return `${unread ? `(${badgeOf(unread)}) ` : ''}${name} · ${serverName}`
}
