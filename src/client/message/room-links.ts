/** Rooms named in messages are links to them, as far as they are in the user's list. */
import { computed, type InjectionKey, type Ref } from 'vue'
import { type FindRoom, type LinkedRoom, roomFinder } from '../../shared/markdown/room-links.ts'
import type { Chat } from '../app/chat.ts'

export interface RoomLinks {
  readonly find: Readonly<Ref<FindRoom>>
  go(room: string): void
}

export const roomLinksKey: InjectionKey<RoomLinks> = Symbol('room links')

export function createRoomLinks(chat: Pick<Chat, 'rooms'>, go: (room: string) => void): RoomLinks {
  // The states of rooms change with each message, their names hardly ever: only then are texts parsed again.
  const rooms = computed<LinkedRoom[]>((before) => {
    const now = [...chat.rooms.values()].map(({ room, title, kind }) => ({ room, name: title, kind }))
    return before && isSame(before, now) ? before : now
  })
  return { find: computed(() => roomFinder(rooms.value)), go: (room) => go(room) }
}

function isSame(before: readonly LinkedRoom[], now: readonly LinkedRoom[]): boolean {
  return (
    before.length === now.length &&
    now.every(({ room, name, kind }, i) => {
      const one = before[i]
      return one?.room === room && one.name === name && one.kind === kind
    })
  )
}
