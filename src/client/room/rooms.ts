/** The rooms of the page: their states, which of them are kept open on the connection, and what is still to be asked about them. */
import { type ShallowReactive, shallowReactive } from 'vue'
import type { Environment } from '../../../clients/js/src/environment.ts'
import type { Outbox } from '../../../clients/js/src/outbox.ts'
import { openCommand } from '../../../clients/js/src/position.ts'
import type { PageState } from '../../shared/page-state.ts'
import type { ClientFrame } from '../../shared/protocol/commands.ts'
import type { Opened, ServerFrame } from '../../shared/protocol/frames.ts'
import { limits } from '../../shared/protocol/limits.ts'
import type { Message, RoomSummary, User } from '../../shared/protocol/types.ts'
import { HistoryRequests } from './history-requests.ts'
import { archivedLast, type RestoredPage, roomsOf } from './initial-rooms.ts'
import { ReadMarks } from './read-marks.ts'
import { newRoom, reduce, roomFromSummary } from './reduce-room.ts'
import { typingMs } from './room-presence.ts'
import type { BanNotice, RoomEvent, RoomState } from './room-state.ts'
import { isNews } from './unread-counts.ts'
import { UnreadRecounts } from './unread-recounts.ts'

/** Rooms that are kept open, so that their unread messages are counted: each costs the server a subscription. */
const maxOpenRooms = 50

/** Why the user is no longer in a room, or could not open it. */
export type LeaveReason = 'gone' | 'left' | 'refused'

interface RoomsContext {
  clock: Environment['clock']
  /** Whether it went to an open connection. */
  send(frame: ClientFrame): boolean
  outbox(): Outbox
  /** An unread message has come, of which the user may want to hear. */
  arrived(message: Message): void
  left(room: RoomState, why: LeaveReason): void
}

export class Rooms {
  readonly states: ShallowReactive<Map<string, RoomState>>
  readonly marks: ReadMarks
  readonly history: HistoryRequests
  readonly #user: User
  readonly #context: RoomsContext
  readonly #recounts: UnreadRecounts
  #blocked: ReadonlySet<number>
  /** Rooms of which the server has not said what the user is in them: they were opened by their address. */
  readonly #unsummarized = new Set<string>()
  /** The states before the user marked messages as unread, until the server has done it. */
  readonly #beforeMarkUnread = new Map<string, { state: RoomState; known: number | undefined }>()
  /** The rooms that are kept open. */
  readonly #open = new Set<string>()
  /** Whether the connection has said which rooms the user is in. */
  #isWelcomed = false

  constructor(page: PageState & Partial<RestoredPage>, context: RoomsContext) {
    this.#user = page.user
    this.#context = context
    this.#blocked = new Set(page.blocked)
    this.states = shallowReactive(roomsOf(page))
    // The room that the page shows first.
    this.#open.add(page.opened.room)
    const states = [...this.states.values()].toSorted(archivedLast)
    for (const state of states) if (this.#isToBeOpen(state)) this.#open.add(state.room)
    this.marks = new ReadMarks({
      clock: context.clock,
      readTo: (room) => this.states.get(room)?.read ?? 0,
      send: (room, id) => !this.states.get(room)?.need && context.send({ type: 'read', room, id }),
    })
    this.#recounts = new UnreadRecounts({
      clock: context.clock,
      isWanted: (room) => this.states.get(room)?.uncounted ?? false,
      ask: (room) => context.send({ type: 'summary', room }),
    })
    this.history = new HistoryRequests({
      stateOf: (room) => this.states.get(room),
      send: (command) => context.send(command),
      sent: (room, fetch) => this.apply(room, { type: 'fetch', fetch }),
    })
  }

  /** The user looks at the room: it is opened, and its first unread or its newest messages are fetched unless some are here. */
  visit(room: string, atEnd: boolean) {
    if (!this.states.has(room)) {
      this.#unsummarized.add(room)
      this.#add(newRoom(room, this.#user))
    }
    this.#keepOpen(room)
    const state = this.states.get(room)
    if (state?.newer && state.messages.length === 0) this.history.fetchFirst(room, atEnd)
  }

  /** The user has read up to the id; without one, they mark the room as read. */
  seen(room: string, id = Number.POSITIVE_INFINITY) {
    const state = this.states.get(room)
    if (!state || Math.min(id, state.last) <= state.read) return
    this.apply(room, { type: 'read', room, id: Math.min(id, state.last) })
    this.marks.tell(room)
  }

  /** @returns whether the request went to an open connection */
  markUnread(room: string, id: number): boolean {
    const state = this.states.get(room)
    if (!state || !this.#context.send({ type: 'unread', room, id })) return false
    const known = this.marks.setBack(room, Math.max(0, id - 1))
    if (!this.#beforeMarkUnread.has(room)) this.#beforeMarkUnread.set(room, { state, known })
    this.apply(room, { type: 'mark-unread', id })
    return true
  }

  /** The mark was moved in another page, or set back, as the user asked here or there. */
  readTo(frame: Extract<ServerFrame, { type: 'read' }>) {
    const { room, id } = frame
    const isSetBack = 'unread' in frame
    if (isSetBack) this.#beforeMarkUnread.delete(room)
    if (isSetBack) this.marks.setBack(room, id)
    else this.marks.received(room, id)
    this.apply(room, frame)
  }

  /** The mark stays where it was. */
  markUnreadRefused(room: string) {
    const before = this.#beforeMarkUnread.get(room)
    if (!before) return
    this.#beforeMarkUnread.delete(room)
    const { read: id, unread, mentions, counted: last, uncounted } = before.state
    this.apply(room, { type: 'read', room, id, last, unread, mentions })
    if (before.known !== undefined) this.marks.setBack(room, before.known)
    this.marks.tell(room)
    if (uncounted) this.#recounts.want(room)
  }

  connectionOpened() {
    for (const room of this.#open) this.apply(room, { type: 'connection-opened' })
  }

  connectionLost() {
    this.#isWelcomed = false
    this.#recounts.connectionLost()
    this.#beforeMarkUnread.clear()
    for (const room of this.states.keys()) this.apply(room, { type: 'connection-lost' })
  }

  /** The rooms that `welcome` names. */
  welcomed(summaries: readonly RoomSummary[]) {
    const named = new Set(summaries.map(({ room }) => room))
    // `welcome` names only some of very many rooms. Those that are kept open are asked for one by one.
    const isWhole = summaries.length < limits.maxListedRooms
    const gone = [...this.states.keys()].filter((room) => isWhole && !named.has(room) && !this.#open.has(room))
    for (const room of gone) this.#forget(room)
    for (const summary of summaries.toSorted(archivedLast)) this.#summarized(summary)
    // Not before: opening a room that the user left on another device would join it again.
    this.#isWelcomed = true
    for (const room of this.#open) this.#ask(room)
  }

  /** A `room` frame without an id. */
  updated(news: RoomSummary | { room: string; gone: true }) {
    this.#recounts.answered(news.room)
    if ('gone' in news && news.gone) return this.leave(news.room, 'gone')
    this.#summarized(news as RoomSummary)
  }

  /** The server does not answer the `summary` for the room. @param retryAfterMs when it may */
  summaryFailed(room: string, retryAfterMs: number) {
    this.#recounts.answered(room)
    if (this.#unsummarized.has(room)) this.#context.clock.after(retryAfterMs, () => this.#askSummary(room))
  }

  /** A message was refused with `not-in-room`. A room that the user has left is not opened: that would join it again. */
  notInRoom(room: string) {
    if (this.#open.has(room)) this.apply(room, { type: 'connection-opened' })
    else this.#context.outbox().roomClosed(room, 'not-in-room')
  }

  /** The user was banned from the room, or from the server: then it is said where they were. */
  userBanned(ban: BanNotice) {
    const isThere = ({ people }: RoomState) => people.some(({ id }) => id === ban.user.id)
    const rooms = ban.room === undefined ? [...this.states.values()].filter(isThere) : [{ room: ban.room }]
    for (const { room } of rooms) this.apply(room, ban)
  }

  block(ids: readonly number[]) {
    if (ids.length === this.#blocked.size && ids.every((id) => this.#blocked.has(id))) return
    this.#blocked = new Set(ids)
    for (const room of this.states.keys()) this.apply(room, { type: 'blocked', ids: this.#blocked })
  }

  /** Whether the server has said nothing of it yet. */
  isNew(room: string): boolean {
    const state = this.states.get(room)
    return state !== undefined && !state.epoch && !state.last
  }

  /** The user is no longer in the room. A room that they left stays in the list. */
  leave(room: string, why: LeaveReason) {
    const state = this.states.get(room)
    if (!state) return
    this.#open.delete(room)
    this.history.done(room)
    if (why === 'left') this.#context.outbox().roomClosed(room, 'not-in-room')
    else this.#forget(room)
    this.#context.left(state, why)
  }

  apply(room: string, event: RoomEvent) {
    const { clock, outbox, arrived } = this.#context
    const before = this.states.get(room)
    if (!before) return
    const after = reduce(before, event, clock.now())
    this.states.set(room, after)
    if (after.need && after.need !== before.need) this.#ask(room)
    if (event.type === 'opened') this.#opened(after, event)
    if (after.last !== before.last) outbox().shown(room)
    if (after.uncounted && !after.left) this.#recounts.want(room)
    if (event.type === 'chat' && after.last > before.last && isNews(event, after)) arrived(event)
    if (event.type === 'history') this.history.done(room)
    if (event.type === 'ask-again') this.history.retry(room)
    if (event.type === 'typing') clock.after(typingMs, () => this.apply(room, { type: 'tick' }))
  }

  #summarized(summary: RoomSummary) {
    const { room } = summary
    this.#unsummarized.delete(room)
    const before = this.states.get(room)
    if (before) {
      const { last, read: id, unread, mentions } = summary
      if (id < before.read && this.marks.isKnown(room))
        this.apply(room, { type: 'read', room, id, last, unread, mentions })
      this.apply(room, { type: 'summary', summary })
    } else this.#add(roomFromSummary(summary, this.#user))
    const after = this.states.get(room)
    if (after && before && after.left && !before.left) this.leave(room, 'left')
    else if (after && this.#isToBeOpen(after)) this.#keepOpen(room)
  }

  #add(state: RoomState) {
    this.states.set(state.room, { ...state, blocked: this.#blocked })
  }

  #isToBeOpen({ left }: RoomState): boolean {
    return !left && this.#open.size < maxOpenRooms
  }

  #forget(room: string) {
    this.states.delete(room)
    this.#unsummarized.delete(room)
    this.#context.outbox().roomClosed(room, 'no-such-room')
  }

  #keepOpen(room: string) {
    if (!this.states.has(room) || this.#open.has(room)) return
    this.#open.add(room)
    this.#ask(room)
  }

  #ask(room: string) {
    const state = this.states.get(room)
    if (!state || !this.#isWelcomed) return
    this.#context.send(openCommand(room, state))
  }

  #opened({ room, need }: RoomState, { reset, read }: Opened) {
    const outbox = this.#context.outbox()
    if (reset) outbox.roomReset(room)
    if (need) return
    outbox.roomOpen(room)
    this.marks.opened(room, read)
    this.history.retry(room)
    this.#askSummary(room)
  }

  #askSummary(room: string) {
    if (this.#unsummarized.has(room)) this.#context.send({ type: 'summary', room })
  }
}
