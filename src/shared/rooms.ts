/** How rooms are called and listed: in the same way by the server's page and by the script. */
import type { Language } from './language.ts'
import { lobby } from './protocol/limits.ts'
import type { RoomKind, RoomLevel, RoomNames } from './protocol/types.ts'

interface Named {
  /** Its address. */
  room: string
  /** Empty for a conversation without a name. */
  name: string
  /** The other users of a direct conversation. */
  people?: readonly { name: string }[]
}

export interface Title {
  /** What people read: the name, or of a conversation without a name the people in it. */
  title: string
  /** The people in a conversation that has a name: anybody in it can give it the name of somebody else. Else empty. */
  peopleNames: string
}

export function titleOf({ room, name, people = [] }: Named): Title {
  const names = people.map((one) => one.name).join(', ')
  return { title: name || names || room, peopleNames: name && names }
}

/** Both in one text, where there is no space for two. */
export function fullTitle({ title, peopleNames }: Title): string {
  return peopleNames ? `${title} (${peopleNames})` : title
}

export interface Listed {
  kind?: RoomKind
  left?: boolean
  /** A guest has brought the user in, who has not accepted yet. */
  request?: boolean
  archived?: boolean
}

/** What waits for an answer, where the user goes in and out, what they have left, and what is only kept. */
export interface Sections<Room> {
  requests: Room[]
  rooms: Room[]
  conversations: Room[]
  others: Room[]
  archived: Room[]
}

export function sectionsOf<Room extends Listed>(all: readonly Room[]): Sections<Room> {
  const sections: Sections<Room> = { requests: [], rooms: [], conversations: [], others: [], archived: [] }
  for (const room of all) sections[sectionOf(room)].push(room)
  return sections
}

function sectionOf({ kind, left, request, archived }: Listed): keyof Sections<Listed> {
  if (archived) return 'archived'
  if (left) return 'others'
  if (request) return 'requests'
  return kind === 'direct' ? 'conversations' : 'rooms'
}

/** How many of its unread messages are counted. A room without a level of its own counts all. */
export function newsIn({ unread, mentions, notify = 'default' }: Counted): number {
  return { default: unread, all: unread, mentions, nothing: 0 }[notify]
}

interface Counted {
  unread: number
  mentions: number
  notify?: RoomLevel
}

/** Whether the list shows that something is unread. */
export function hasUnread(rooms: readonly { unread: number; left?: boolean }[]): boolean {
  return rooms.some(({ unread, left }) => unread > 0 && !left)
}

/** The title of the lobby is translated until somebody renames it. */
export function withDisplayTitle<Room extends { room: string; title: string }>(
  room: Room,
  t: Language<'lobby'>['t'],
): Room {
  return room.room === lobby && room.title === lobby ? { ...room, title: t('lobby') } : room
}

/** Both steps in one, for who has only what the server says of the room. */
export function displayTitleOf(room: Named, t: Language<'lobby'>['t']): Title {
  return withDisplayTitle({ room: room.room, ...titleOf(room) }, t)
}

/** Where a message is, beside the name of its author: that of a conversation of two is the author's. */
export function locationTitle(room: RoomNames, t: Language<'lobby' | 'directMessages'>['t']): string {
  const isOfTwo = room.kind === 'direct' && !room.name && room.people?.length === 1
  return isOfTwo ? t('directMessages') : fullTitle(displayTitleOf(room, t))
}
