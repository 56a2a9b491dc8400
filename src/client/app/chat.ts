/** The state of the page: ties the connection, the rooms and the outbox together. Components read it and call it. */
import { type ShallowReactive, type ShallowRef, shallowReactive, shallowRef } from 'vue'
import type { PageState } from '../../shared/page-state.ts'
import {
  type ClientFrame,
  limits,
  type Message,
  type Opened,
  type RoomSummary,
  type ServerFrame,
  type ServerRole,
  type User,
} from '../../shared/protocol.ts'
import { withoutControls } from '../../shared/text.ts'
import { Connection, type ConnectionState, type Environment } from '../connection/connection.ts'
import { type ReceivedFrame, readFrame, writeFrame } from '../connection/frames.ts'
import {
  type AnsweredCommand,
  type AnswerTo,
  PendingCommands,
  type RoomUpdate,
} from '../connection/pending-commands.ts'
import { Outbox } from '../outbox/outbox.ts'
import { commandOf, type Item, type MessageChange, randomKey, type Storage } from '../outbox/outbox-items.ts'
import { HistoryRequests } from '../room/history-requests.ts'
import { archivedLast, roomsOf } from '../room/initial-rooms.ts'
import type { Fetch } from '../room/message-window.ts'
import { ReadMarks } from '../room/read-marks.ts'
import { newRoom, reduce, roomFromSummary } from '../room/reduce-room.ts'
import type { RoomEvent, RoomState } from '../room/room-state.ts'
import { isUnreadMention } from '../room/unread-counts.ts'
import { UnreadRecounts } from '../room/unread-recounts.ts'

const typingEveryMs = 3_000
const typingShownMs = 5_000
const againMs = 2_000
/** How long a deletion can be undone. */
const undoMs = 5_000
/** Rooms that are kept open, so that what is unread in them is known: each costs the server a member. */
const maxOpenRooms = 50

type ErrorFrame = Extract<ServerFrame, { type: 'error' }>
/** Why the user is no longer in a room, or could not open it. */
export type LeaveReason = 'gone' | 'left' | 'refused'

export class Chat {
  readonly user: User
  /** The role on the server, and whether the session is verified. */
  readonly role: ShallowRef<ServerRole>
  readonly isVerified: boolean
  /** Whether the user may create rooms and conversations. */
  readonly canCreateRooms: boolean
  readonly connection: ShallowRef<ConnectionState>
  readonly rooms: ShallowReactive<Map<string, RoomState>>
  /** Of the server's page, as the line says at its beginning. */
  readonly serverBuild: ShallowRef<string | undefined> = shallowRef(undefined)
  readonly items: ShallowRef<readonly Item[]> = shallowRef([])
  readonly outbox: Outbox
  readonly #around: Environment
  readonly #socket: Connection
  readonly #marks: ReadMarks
  readonly #questions: PendingCommands
  readonly #recounts: UnreadRecounts
  /** Told of each message that names the user, as it comes. */
  onMention: (message: Message) => void = () => {}
  /** Told of each room that the user is not in any more. */
  onRoomLeft: (room: RoomState, why: LeaveReason) => void = () => {}
  #blocked: ReadonlySet<number>
  readonly #typedAt = new Map<string, number>()
  /** Those of them that are kept open on the line; the one that is looked at first. */
  readonly #open = new Set<string>()
  readonly #history: HistoryRequests

  constructor(page: PageState, around: Environment, storage: Storage, tab: string) {
    const { user, role, isVerified, canViewPublic, opened } = page
    this.user = user
    this.role = shallowRef(role)
    this.isVerified = isVerified
    this.canCreateRooms = canViewPublic
    this.#blocked = new Set(page.blocked)
    this.rooms = shallowReactive(roomsOf(page))
    this.#open.add(opened.room)
    const states = [...this.rooms.values()].toSorted(archivedLast)
    for (const state of states) if (this.#isToBeOpen(state)) this.#open.add(state.room)
    this.#around = around
    this.outbox = new Outbox({
      user: user.id,
      tab,
      storage,
      clock: around.clock,
      newKey: randomKey,
      send: (item) => this.#send(commandOf(item)),
      // What a room that is not there any more has stored, nobody will show.
      shown: (room) => this.rooms.get(room)?.last ?? Number.POSITIVE_INFINITY,
      changed: (items) => {
        this.items.value = items
      },
    })
    this.#marks = new ReadMarks({
      clock: around.clock,
      readTo: (room) => this.rooms.get(room)?.read ?? 0,
      send: (room, id) => !this.rooms.get(room)?.need && this.#send({ type: 'read', room, id }),
    })
    this.#recounts = new UnreadRecounts({
      clock: around.clock,
      isWanted: (room) => this.rooms.get(room)?.uncounted ?? false,
      ask: (room) => this.#send({ type: 'summary', room }),
    })
    this.#history = new HistoryRequests({
      stateOf: (room) => this.rooms.get(room),
      send: (command) => this.#send(command),
      sent: (room, fetch) => this.#apply(room, { type: 'fetch', fetch }),
    })
    this.#questions = new PendingCommands({ newKey: randomKey, send: (frame) => this.#send(frame) })
    // Before the line, which rests when the page is left: until then, what can still be sent is sent.
    around.events.addEventListener('pagehide', () => this.outbox.release())
    this.#socket = new Connection(around, {
      changed: (state) => this.#connectionChanged(state),
      received: (text) => this.#received(readFrame(text)),
    })
    this.connection = shallowRef(this.#socket.state)
  }

  start() {
    this.#socket.start()
  }

  tryNow() {
    this.#socket.tryNow()
  }

  write(room: string, text: string, reply?: number) {
    this.#typedAt.delete(room)
    this.outbox.add(room, withoutControls(text).trimEnd(), reply)
  }

  edit(room: string, ref: number, text: string) {
    this.outbox.change({ type: 'edit', room, ref, data: withoutControls(text).trimEnd() })
  }

  /** Deletes the message in a while; until then `discard` of its item undoes it. */
  remove(room: string, ref: number) {
    this.outbox.change({ type: 'delete', room, ref }, undoMs)
  }

  react(room: string, ref: number, data: string, on: boolean) {
    const isAbout = (item: Item) => item.type === 'react' && item.ref === ref && item.data === data
    const waiting = this.items.value.findLast(
      (item) => item.room === room && isAbout(item) && item.sending.state === 'waiting' && !item.uncertain,
    )
    if (waiting?.on === on) return
    // Taken back before it was sent.
    if (waiting) this.outbox.discard(waiting.key)
    else this.outbox.change({ type: 'react', room, ref, data, on } satisfies MessageChange)
  }

  /** Sends a command that is answered once. Rejects with a `CommandError`. */
  ask<Asked extends AnsweredCommand>(question: Asked): Promise<AnswerTo<Asked>> {
    // From outside, what is held could not be done any more.
    if (question.type === 'leave') this.outbox.release(question.room)
    return this.#questions.ask(question)
  }

  /** Somebody looks at the room: it is opened, and its newest messages are fetched unless some are here. */
  visit(room: string) {
    if (!this.rooms.has(room)) this.#add(newRoom(room, this.user))
    this.#keepOpen(room)
    const state = this.rooms.get(room)
    if (state?.newer && state.messages.length === 0) this.#history.awaitLatest(room)
  }

  fetch(room: string, fetch: Fetch) {
    this.#history.fetch(room, fetch)
  }

  /** Brings the message into the window, wherever in the room it is. */
  show(room: string, id: number) {
    this.#history.show(room, id)
  }

  atEnd(room: string, atEnd: boolean) {
    this.#apply(room, { type: 'at-end', atEnd })
  }

  /** The user sees the end of the room, or marks it as read. */
  seen(room: string) {
    const state = this.rooms.get(room)
    if (!state || state.last <= state.read) return
    this.#apply(room, { type: 'read', room, id: state.last })
    this.#marks.tell(room)
  }

  typing(room: string) {
    const now = this.#around.clock.now()
    if (now - (this.#typedAt.get(room) ?? 0) < typingEveryMs) return
    if (this.#send({ type: 'typing', room })) this.#typedAt.set(room, now)
  }

  #send(frame: ClientFrame): boolean {
    return this.#socket.send(writeFrame(frame))
  }

  #connectionChanged(state: ConnectionState) {
    const wasOpen = this.connection.value.state === 'open'
    this.connection.value = state
    const isOpen = state.state === 'open'
    if (isOpen === wasOpen) return
    if (isOpen) {
      for (const room of this.#open) this.#apply(room, { type: 'connection-opened' })
      return
    }
    this.outbox.connectionLost()
    this.#questions.connectionLost()
    this.#recounts.connectionLost()
    for (const room of this.rooms.keys()) this.#apply(room, { type: 'connection-lost' })
  }

  #received(frame: ReceivedFrame | undefined) {
    if (!frame) return
    switch (frame.type) {
      case 'pong':
      case 'closed':
      case 'audit':
        return
      case 'welcome':
        this.serverBuild.value = frame.build
        this.role.value = frame.role
        this.#block(frame.blocked ?? [])
        return this.#welcomed(frame.rooms)
      case 'role':
        this.role.value = frame.role
        return
      case 'bye':
        return this.#socket.reconnectAfter(frame.retryAfterMs)
      case 'sent':
        return this.outbox.sent(frame.key, frame.id)
      case 'error':
        return this.#failed(frame)
      case 'history':
        return this.#history.isExpected(frame.room, frame) ? this.#apply(frame.room, frame) : undefined
      case 'read':
        this.#marks.received(frame.room, frame.id)
        return this.#apply(frame.room, frame)
      case 'room':
        return frame.id === undefined ? this.#heardOfRoom(frame) : this.#apply(frame.room, frame)
      case 'members':
      case 'users':
      case 'invite':
      case 'invites':
      case 'done':
        return this.#questions.answered(frame)
      case 'blocks':
        this.#block(frame.data.map(({ id }) => id))
        return this.#questions.answered(frame)
      default:
        return this.#apply(frame.room, frame)
    }
  }

  #failed(frame: ErrorFrame) {
    const { key, room, code, message, retryAfterMs } = frame
    const wasAsked = this.#questions.failed(frame)
    if (wasAsked && key !== undefined) return
    if (key !== undefined && this.outbox.failed(key, { code, message, retryAfterMs })) {
      if (room !== undefined && code === 'not-in-room') this.#notInRoom(room)
      return
    }
    if (room === undefined || key !== undefined) return
    this.#recounts.answered(room)
    if (code === 'too-fast' || code === 'internal' || code === 'unavailable') {
      this.#around.clock.after(retryAfterMs ?? againMs, () => this.#apply(room, { type: 'ask-again' }))
    } else if (code === 'no-such-room') this.#roomLeft(room, this.#isNew(room) ? 'refused' : 'gone')
    else if (code !== 'not-in-room' && !wasAsked && this.#isNew(room)) this.#roomLeft(room, 'refused')
  }

  /** Not for a room that the user has left: opening it would join it again. */
  #notInRoom(room: string) {
    if (this.#open.has(room)) this.#apply(room, { type: 'connection-opened' })
    else this.outbox.roomClosed(room, 'not-in-room')
  }

  #welcomed(summaries: readonly RoomSummary[]) {
    const named = new Set(summaries.map(({ room }) => room))
    // Of very many rooms only some are named. What is kept open is asked for, and answered by itself.
    const isWhole = summaries.length < limits.maxListedRooms
    const gone = [...this.rooms.keys()].filter((room) => isWhole && !named.has(room) && !this.#open.has(room))
    for (const room of gone) this.#forget(room)
    for (const summary of summaries.toSorted(archivedLast)) this.#summarized(summary)
  }

  #heardOfRoom(news: RoomUpdate | { room: string; gone: true }) {
    this.#recounts.answered(news.room)
    if (news.gone) return this.#roomLeft(news.room, 'gone')
    this.#summarized(news)
    if (news.key !== undefined) this.#questions.answered(news)
  }

  #summarized(summary: RoomSummary) {
    const { room } = summary
    const before = this.rooms.get(room)
    if (before) this.#apply(room, { type: 'summary', summary })
    else this.#add(roomFromSummary(summary, this.user))
    const after = this.rooms.get(room)
    if (after && before && after.left && !before.left) this.#roomLeft(room, 'left')
    else if (after && this.#isToBeOpen(after)) this.#keepOpen(room)
  }

  #add(state: RoomState) {
    this.rooms.set(state.room, { ...state, blocked: this.#blocked })
  }

  #block(ids: readonly number[]) {
    if (ids.length === this.#blocked.size && ids.every((id) => this.#blocked.has(id))) return
    this.#blocked = new Set(ids)
    for (const room of this.rooms.keys()) this.#apply(room, { type: 'blocked', ids: this.#blocked })
  }

  #isToBeOpen({ left }: RoomState): boolean {
    return !left && this.#open.size < maxOpenRooms
  }

  /** Whether the server has said nothing of it yet. */
  #isNew(room: string): boolean {
    const state = this.rooms.get(room)
    return state !== undefined && !state.epoch && !state.last
  }

  /** The user is no longer in the room. A room that they left stays in the list. */
  #roomLeft(room: string, why: LeaveReason) {
    const state = this.rooms.get(room)
    if (!state) return
    this.#open.delete(room)
    this.#history.done(room)
    if (why === 'left') this.outbox.roomClosed(room, 'not-in-room')
    else this.#forget(room)
    this.onRoomLeft(state, why)
  }

  #forget(room: string) {
    this.rooms.delete(room)
    this.outbox.roomClosed(room, 'no-such-room')
  }

  #keepOpen(room: string) {
    const state = this.rooms.get(room)
    if (!state || this.#open.has(room)) return
    this.#open.add(room)
    this.#ask(state)
  }

  #apply(room: string, event: RoomEvent) {
    const before = this.rooms.get(room)
    if (!before) return
    const after = reduce(before, event, this.#around.clock.now())
    this.rooms.set(room, after)
    if (after.need && after.need !== before.need) this.#ask(after)
    if (event.type === 'opened') this.#opened(after, event)
    if (after.last !== before.last) this.outbox.shown(room)
    if (after.uncounted && !after.left) this.#recounts.want(room)
    if (event.type === 'chat' && after.last > before.last && isUnreadMention(event, after)) this.onMention(event)
    if (event.type === 'history') this.#history.done(room)
    if (event.type === 'ask-again') this.#history.retry(room)
    if (event.type === 'typing') {
      this.#around.clock.after(typingShownMs, () => this.#apply(room, { type: 'tick' }))
    }
  }

  #ask({ room, epoch, need, last, lastAt: at }: RoomState) {
    const isDated = at !== undefined && need?.after === last
    const place =
      need?.after === undefined ? {} : { after: need.after, ...(isDated && { at }), ...(epoch && { epoch }) }
    this.#send({ type: 'open', room, ...place })
  }

  #opened({ room, need }: RoomState, { reset, read }: Opened) {
    if (reset) this.outbox.roomReset(room)
    if (need) return
    this.outbox.roomOpen(room)
    this.#marks.opened(room, read)
    this.#history.retry(room)
  }
}
