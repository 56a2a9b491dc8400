/** Tells the user about unread messages, as their settings allow: title, icon and badge; for what they want to hear of also a notification and a sound. */
import type { Clock } from '../../../clients/js/src/clock.ts'
import { iconPath } from '../../shared/appearance/icon-path.ts'
import { actionTextOf } from '../../shared/commands/me.ts'
import { textOrFiles } from '../../shared/markdown/excerpt.ts'
import { nameWithMark } from '../../shared/protocol/bots.ts'
import type { Message } from '../../shared/protocol/types.ts'
import { roomPath } from '../../shared/room-path.ts'
import { fullTitle, withDisplayTitle } from '../../shared/rooms.ts'
import type { Chat } from '../app/chat.ts'
import type { PageLanguage } from '../locale/language.ts'
import { badgeOf, mentionsIn, type RoomRow, unreadIn } from '../navigation/room-list.ts'
import type { RoomState } from '../room/room-state.ts'
import type { Settings } from '../settings/settings.ts'
import { isPushed } from './push-state.ts'
import { isQuiet, isWanted } from './wanted-messages.ts'

/** A notification, as the service worker shows it. */
export interface Notice {
  title: string
  body: string
  lang: string
  /** A newer notification replaces an older one with the same tag: the tag of the room, as in a push. */
  tag: string
  url: string
  /** The user. */
  to: number
  room: string
  id: number
  at: number
}

/** The signs that a user sees and hears outside of the page's own area. */
export interface BrowserNotifications {
  setTitle(title: string): void
  setIcon(path: string): void
  /** Sets the badge of the installed page: a number, a dot, or nothing. */
  setBadge(badge: number | 'dot' | undefined): void
  /** Tells the user, unless another tab of this browser has told them under the same name. */
  once(name: string, tell: () => void): void
  /** Shows it where that is allowed. */
  notify(notice: Notice, clicked: () => void): void
  /** Closes what is shown of messages that were read, also what was pushed. */
  closeRead(isRead: (room: string, id: number) => boolean): void
  /** Whether it surely can: browsers may keep a tab silent that nobody has used yet. */
  canRing(): boolean
  ring(): void
}

export interface AlertContext {
  chat: Pick<Chat, 'user' | 'rooms' | 'serverName' | 'serverIcon' | 'notifications'>
  settings: Readonly<Settings>
  clock: Clock
  language: Pick<PageLanguage, 't' | 'code'>
  outside: BrowserNotifications
  isFocused(): boolean
  go(room: string, id: number): void
}

/** Time for another page of the same user to report that the message is read, and for more messages of the room. */
const graceMs = 2_000
/** For the other tabs of this browser to sound first. */
const otherTabsMs = 500

export class Alerts {
  readonly #situation: AlertContext
  /** The newest message of each room of which the user may be told soon. */
  readonly #waiting = new Map<string, Message>()
  #marks = ''

  constructor(situation: AlertContext) {
    this.#situation = situation
  }

  /** The counts as they are now. What has been read, here or elsewhere, is no news any more. */
  update(rows: readonly RoomRow[], hereName: string) {
    const { outside, chat } = this.#situation
    const { serverName, serverIcon } = chat
    const [unread, mentions] = [unreadIn(rows), mentionsIn(rows)]
    outside.setTitle(titleOf(hereName, unread, serverName))
    outside.setIcon(iconPath(mentions ? 'mention' : unread ? 'unread' : 'plain', serverIcon))
    outside.setBadge(mentions || (unread ? 'dot' : undefined))
    const marks = [...chat.rooms.values()].map(({ read }) => read).join()
    if (marks === this.#marks) return
    this.#marks = marks
    outside.closeRead((room, id) => (chat.rooms.get(room)?.read ?? 0) >= id)
  }

  /** An unread message of somebody else has come. */
  arrived(message: Message) {
    const { settings, clock, chat, isFocused } = this.#situation
    const { room } = message
    const state = chat.rooms.get(room)
    if (!state || isFocused() || !(settings.notify || settings.sound)) return
    if (!isWanted(message, state, chat.notifications.value)) return
    if (!this.#waiting.has(room)) clock.after(graceMs, () => this.#tell(room))
    this.#waiting.set(room, message)
  }

  #tell(room: string) {
    const { settings, outside, chat, clock, isFocused } = this.#situation
    const state = chat.rooms.get(room)
    const waiting = this.#waiting.get(room)
    this.#waiting.delete(room)
    if (!state || !waiting || isFocused() || state.read >= waiting.id) return
    const message = state.messages.find(({ id }) => id === waiting.id) ?? waiting
    if (message.deleted || isQuiet(chat.notifications.value, Date.now())) return
    const name = `${room} ${message.id}`
    const ring = () => outside.once(`ring ${name}`, () => outside.ring())
    if (settings.sound && outside.canRing()) ring()
    else if (settings.sound) clock.after(otherTabsMs, ring)
    // The push service has the same notification, and this browser shows it.
    const isShown = settings.notify && !isPushed(chat.notifications.value)
    if (isShown) outside.once(`message ${name}`, () => this.#notify(message, state))
  }

  #notify(message: Message, state: RoomState) {
    const { outside, chat, language, go } = this.#situation
    const { room, id, at, user } = message
    const place = fullTitle(withDisplayTitle(state, language.t))
    outside.notify(
      {
        title: `${nameWithMark(user, language)} · ${place}`,
        body: (chat.notifications.value?.showsText ?? true) ? (actionTextOf(message.data) ?? textOrFiles(message)) : '',
        lang: language.code,
        tag: `room-${room}`,
        url: roomPath(room, id),
        to: chat.user.id,
        room,
        id,
        at,
      },
      () => go(room, id),
    )
  }
}

export function titleOf(name: string, unread: number, serverName: string): string {
  return `${unread ? `(${badgeOf(unread)}) ` : ''}${name} · ${serverName}`
}
