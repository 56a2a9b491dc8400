/** What a page of a room shows before its script has come. */
import type { PageState } from '../../shared/page-state.ts'
import { limits } from '../../shared/protocol/limits.ts'
import type { HistoryPosition, Message, ServerRole } from '../../shared/protocol/types.ts'
import type { Meter, Page, Store, Viewer } from '../store/store.ts'
import type { Services } from './contract.ts'
import { marksIn } from './room-marks.ts'

/**
 * The most characters of messages that a page shows at first. It is rendered on the event loop, where a page of the longest messages would keep
 * everybody waiting: the script asks for more when there is room for it on the screen.
 */
const shownCharacters = 16 * 1024

export type RoomPage = Omit<PageState, 'language' | 'serverName' | 'serverIcon' | 'canCreateRooms'>

interface Window extends Page {
  newer: boolean
}

/** The room as it stands for the user, at a place in it. Nothing is made by looking at it. */
export async function roomPage(
  { store, hub, build }: Pick<Services, 'store' | 'hub' | 'build'>,
  viewer: Viewer & { role: ServerRole },
  room: string,
  place: HistoryPosition,
  meter: Meter,
): Promise<RoomPage> {
  const { user, role, isVerified, canViewPublic } = viewer
  const { messages, more, newer, last: stored } = await windowAt(store, room, place, meter)
  // What is stored already and not yet handed out comes by the socket.
  const last = Math.min(stored, hub.lastIn(room) ?? stored)
  const at = last ? await store.log.timeOf(room, last) : 0
  const marks = await marksIn(store, viewer, room)
  const [pinned] = marks.pins ? await store.log.pinnedMessages(room, 1, meter) : []
  const presence = hub.presenceOf(room)
  return {
    user,
    role,
    isVerified,
    canViewPublic,
    blocked: isVerified ? (await store.accounts.listBlocked(user.id)).map(({ id }) => id) : [],
    rooms: await store.rooms.list(viewer, meter),
    // As if the page had asked for it: it goes on from here, so that nothing falls between.
    opened: {
      type: 'opened',
      room,
      epoch: store.epoch,
      last,
      at,
      reset: false,
      messages,
      more,
      read: (await store.rooms.readMark(user, room)) ?? stored,
      list: presence?.list() ?? [],
      online: presence?.online ?? 0,
      ...marks,
    },
    ...(pinned && { pinned }),
    newer,
    ...targetIn(messages, place),
    build,
  }
}

/** A page of messages that knows what lies on both of its sides. */
async function windowAt(store: Store, room: string, place: HistoryPosition, meter: Meter): Promise<Window> {
  const page = await store.log.messages(room, place, limits.messagesPerPage, meter, shownCharacters)
  const [first, end] = [page.messages[0], page.messages.at(-1)]
  if (isEnd(place)) return { ...page, newer: false }
  // Before the first message and after the last there is nothing: the room's end is of more use.
  if (!first || !end) return windowAt(store, room, {}, meter)
  if (place.after !== undefined) return { ...page, more: await isAny({ before: first.id }), newer: page.more }
  return { ...page, newer: await isAny({ after: end.id }) }

  async function isAny(beyond: HistoryPosition): Promise<boolean> {
    return (await store.log.messages(room, beyond, 1, meter)).messages.length > 0
  }
}

function isEnd({ before, after, around }: HistoryPosition): boolean {
  return before === undefined && after === undefined && around === undefined
}

function targetIn(messages: Message[], { around }: HistoryPosition): { target?: number } {
  return around !== undefined && messages.some(({ id }) => id === around) ? { target: around } : {}
}
