import type { LanguageCode, PageTextKey } from './language.ts'
import type { Translation } from './locales/text.ts'
import type { Opened } from './protocol/frames.ts'
import type { Message, RoomSummary, ServerRole, User } from './protocol/types.ts'

/** What the server writes into the page for the script: who is asking, and the room as it was rendered. */
export interface PageState {
  user: User
  role: ServerRole
  /** Whether the session is verified: only then are private rooms listed. */
  isVerified: boolean
  /** Whether the user may view public rooms, and so begin conversations. With `GUESTS=off` an invited guest may not. */
  canViewPublic: boolean
  /** Whether the user may create rooms; everyone who may view public rooms may begin conversations. */
  canCreateRooms: boolean
  /** What the server is called. */
  serverName: string
  /** Names its icon, as `iconNameOf` does. */
  serverIcon: string
  /** The ids of those whom the user has blocked. */
  blocked: number[]
  /** As `welcome` names them. */
  rooms: RoomSummary[]
  /** Its messages are the window that is shown; its `last` is where the socket goes on. */
  opened: Opened
  /** Whether the room has messages newer than the window. */
  newer: boolean
  /** The message that was pinned last. */
  pinned?: Message
  /** The message that was asked for by its address. */
  target?: number
  language: { code: LanguageCode; texts: Translation<PageTextKey> }
  /** Names the page, as `welcome` does. */
  build: string
}
