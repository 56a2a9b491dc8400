/** How rooms are called and listed: in the same way by the server's page and by the script. */
import type { Language } from './language.ts'
import { lobby } from './protocol/limits.ts'
import type { RoomKind } from './protocol/types.ts'

interface Named {
  /** Its address. */
  room: string
  name: string
  people?: readonly { name: string }[]
}

/** A conversation that has no name is called by the people that it is with. */
export function titleOf({ room, name, people = [] }: Named): string {
  return name || people.map((one) => one.name).join(', ') || room
}

/** With whom a conversation is that has a name of its own: anybody in it can give it the name of somebody else. Empty for all others. */
export function companyOf({ name, people = [] }: Pick<Named, 'name' | 'people'>): string {
  return name ? people.map((one) => one.name).join(', ') : ''
}

/** Both in one text, where there is no place for two. */
export function wholeTitleOf(room: Named): string {
  const company = companyOf(room)
  return company ? `${titleOf(room)} (${company})` : titleOf(room)
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

/** With the name that people read: that of the lobby is translated until somebody renames it. */
export function withDisplayName<Room extends { room: string; name: string }>(
  room: Room,
  t: Language<'lobby'>['t'],
): Room {
  return room.room === lobby && room.name === lobby ? { ...room, name: t('lobby') } : room
}
