/**
 * The part of the page's state that outlives the page, so that it can be shown when the server cannot be reached: who the
 * user is, the list of rooms, and the last messages of a few of them.
 */
import type { PageState } from '../../shared/page-state.ts'
import type { Opened } from '../../shared/protocol/frames.ts'
import { lobby } from '../../shared/protocol/limits.ts'
import type { Message, RoomSummary, User } from '../../shared/protocol/types.ts'
import type { RestoredPage } from '../room/initial-rooms.ts'
import { roomFrom } from '../room/reduce-room.ts'
import type { RoomState } from '../room/room-state.ts'

/** The most that is kept: messages of a room, characters in them, and rooms with messages. */
export const kept = { messages: 50, characters: 64 * 1024, rooms: 10 } as const

/** User of the snapshot, and build of the page that wrote it: another build may not be able to read it. */
export interface Origin {
  user: number
  build: string
}

export interface KeptPage extends Origin {
  /** When the page had its last news from the server; milliseconds since 1970. */
  at: number
  fields: PageFields
  rooms: RoomSummary[]
}

/** The fields of the page that are not about its rooms. */
export type PageFields = Omit<PageState, 'rooms' | 'opened' | 'newer' | 'pinned' | 'target' | 'language' | 'build'>

export interface KeptRoom extends Origin {
  room: string
  /** When it was shown or changed; milliseconds since 1970. */
  at: number
  /** Another tab may have written the list of rooms, and not know of this one. */
  summary: RoomSummary
  opened: Opened
  newer: boolean
  lastAt: number | undefined
  pinned: Message[]
}

/** @returns undefined when there is no message to keep */
export function keptRoom(state: RoomState, origin: Origin, at: number): KeptRoom | undefined {
  const { room, epoch, last, lastAt, newer, more, read, pins, left } = state
  const messages = lastOf(state.messages)
  if (left || !epoch || messages.length === 0) return undefined
  const isCut = messages.length < state.messages.length
  return {
    ...origin,
    room,
    at,
    summary: summaryOf(state),
    opened: {
      type: 'opened',
      room,
      epoch,
      last,
      at: lastAt ?? 0,
      reset: false,
      messages,
      more: more || isCut,
      // Without the server, the page does not know who is online.
      list: [],
      online: 0,
      read,
      pins: [...pins],
    },
    newer,
    lastAt,
    pinned: [...state.pinned],
  }
}

/** The newest of the messages, within the limits. */
function lastOf(messages: readonly Message[]): Message[] {
  let characters = 0
  const last = messages.slice(-kept.messages)
  const first = last.findLastIndex(({ data }) => {
    characters += data.length
    return characters > kept.characters
  })
  return last.slice(first + 1)
}

/** As the server would say it now. */
export function summaryOf(state: RoomState): RoomSummary {
  const { room, topic, picture, kind, others, role, isCreator, left, request, readOnly, slowMs, archived, mutedUntil } =
    state
  const { notify, counted, read, unread, mentions, title, peopleNames } = state
  return {
    room,
    // The title of a conversation without a name is made of the people in it.
    name: others.length && !peopleNames ? '' : title,
    topic,
    ...(picture && { picture }),
    ...(kind !== 'public' && { kind }),
    ...(others.length && { people: [...others] }),
    ...(role !== 'member' && { role }),
    ...(isCreator && { isCreator }),
    ...(left && { left }),
    ...(request && { request }),
    ...(readOnly && { readOnly }),
    ...(slowMs && { slowMs }),
    ...(archived && { archived }),
    ...(mutedUntil && { mutedUntil }),
    ...(notify !== 'default' && { notify }),
    last: counted,
    read,
    unread,
    mentions,
  }
}

/** What the service worker's copy of the page knows. */
export type Shell = Pick<PageState, 'build' | 'language'>

/**
 * The page as it was, at a room.
 * @param asked the room of the address; at `/` the first room stands in for a lobby that the user is not in
 * @returns undefined when the room is not known
 */
export function restoredPage(
  shell: Shell,
  page: KeptPage,
  rooms: readonly KeptRoom[],
  asked: string,
): RestoredPage | undefined {
  const states = rooms.map((one) => restoredRoom(one, page.fields.user))
  const all = new Map([...rooms.map(({ summary }) => summary), ...page.rooms].map((one) => [one.room, one]))
  const listed = [...all.values()].filter(({ left }) => !left)
  const isMissing = asked === lobby && !listed.some(({ room }) => room === lobby)
  const first = isMissing ? listed[0] : all.get(asked)
  if (!first) return undefined
  return {
    ...page.fields,
    ...shell,
    rooms: [...all.values()],
    opened: openedAs(first),
    newer: first.last > 0,
    restored: { at: page.at, rooms: states },
  }
}

function restoredRoom({ opened, newer, lastAt, pinned }: KeptRoom, me: User): RoomState {
  return { ...roomFrom(opened, me, newer, pinned), lastAt }
}

/** A room of which no messages are kept. */
function openedAs({ room, last, read }: RoomSummary): Opened {
  return {
    type: 'opened',
    room,
    epoch: '',
    last,
    at: 0,
    reset: false,
    messages: [],
    more: last > 0,
    list: [],
    online: 0,
    read,
  }
}
