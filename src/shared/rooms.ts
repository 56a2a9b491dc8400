/** How rooms are called and listed: in the same way by the server's page and by the script. */
import type { RoomKind } from './protocol.ts'

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

export interface Listed {
  kind?: RoomKind
  left?: boolean
  archived?: boolean
}

/** Those that the user goes in and out of, those that he has left, and those that are only kept. */
export interface Sections<Room> {
  rooms: Room[]
  conversations: Room[]
  others: Room[]
  archived: Room[]
}

export function sectionsOf<Room extends Listed>(all: readonly Room[]): Sections<Room> {
  const {
    current = [],
    others = [],
    archived = [],
  } = Object.groupBy(all, (room) => (room.archived ? 'archived' : room.left ? 'others' : 'current'))
  const { rooms = [], conversations = [] } = Object.groupBy(current, ({ kind }) =>
    kind === 'direct' ? 'conversations' : 'rooms',
  )
  return { rooms, conversations, others, archived }
}
