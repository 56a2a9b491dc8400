/** What the worker of the page receives by a push: see docs/protocol.md. */
import type { LanguageCode } from '../language.ts'
import type { RoomKind, User } from './types.ts'

/** What is shown, in the language of the recipient. */
interface Shown {
  title: string
  body: string
  lang: LanguageCode
  /** The path that it opens. */
  url: string
  /** A newer notification takes the place of the one that has the same. */
  tag: string
}

/** `to`: the id of the recipient. */
export type PushPayload =
  | ({
      type: 'message'
      to: number
      room: string
      /** Empty for a conversation without a name. */
      roomName: string
      kind?: Exclude<RoomKind, 'public'>
      /** Id of the newest message. */
      id: number
      epoch: string
      at: number
      user: User
      /** How many unread messages of the room notify: 100 for more. */
      count: number
      /** The message that was shown was edited or deleted, or cannot be seen any more: nothing is new. */
      update?: true
      /** Left out when the user wants no texts. */
      text?: string
      /** Unread mentions and messages of conversations, over all rooms. */
      badge: number
    } & Shown)
  | ({ type: 'test'; to: number } & Shown)
  /** The user has read up to `id` elsewhere. */
  | { type: 'clear'; to: number; room: string; id: number; tag: string; badge: number }
