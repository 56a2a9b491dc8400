/** The state of the page: ties the connection, the rooms and the outbox together. Components read it and call it. */
import { type ComputedRef, computed, type ShallowReactive, type ShallowRef, shallowRef } from 'vue'
import { Connection, type ConnectionState } from '../../../clients/js/src/connection.ts'
import type { Environment } from '../../../clients/js/src/environment.ts'
import { type ReceivedFrame, writeFrame } from '../../../clients/js/src/frames.ts'
import { Outbox } from '../../../clients/js/src/outbox.ts'
import { commandOf, type Item, type NamedFile, randomKey, type Storage } from '../../../clients/js/src/outbox-items.ts'
import {
  type AnsweredCommand,
  type AnswerTo,
  PendingCommands,
  type RoomUpdate,
} from '../../../clients/js/src/pending-commands.ts'
import type { PageState } from '../../shared/page-state.ts'
import type { ClientFrame } from '../../shared/protocol/commands.ts'
import type { NotificationsFrame, ServerFrame } from '../../shared/protocol/frames.ts'
import type { Message, ServerRole, User } from '../../shared/protocol/types.ts'
import { withoutControls } from '../../shared/text.ts'
import { Drafts } from '../composer/drafts.ts'
import { readKnownFrame } from '../connection/known-frames.ts'
import type { Uploads } from '../files/uploads.ts'
import { hasReacted } from '../message/reactions.ts'
import { react } from '../outbox/waiting-reactions.ts'
import { Statuses } from '../people/statuses.ts'
import type { Viewer } from '../room/access.ts'
import type { RestoredPage } from '../room/initial-rooms.ts'
import type { Fetch } from '../room/message-window.ts'
import type { RoomState } from '../room/room-state.ts'
import { type LeaveReason, Rooms } from '../room/rooms.ts'

const typingEveryMs = 3_000
const againMs = 2_000
/** How long a deletion can be undone. */
const undoMs = 5_000

type SavedChange = Extract<ServerFrame, { type: 'save' }>
type ErrorFrame = Extract<ServerFrame, { type: 'error' }>

export class Chat {
  readonly user: User
  readonly role: ShallowRef<ServerRole>
  readonly isVerified: boolean
  readonly viewer: ComputedRef<Viewer>
  readonly canCreateRooms: boolean
  readonly canBeginConversations: boolean
  readonly serverName: string
  readonly serverIcon: string
  readonly connection: ShallowRef<ConnectionState>
  readonly rooms: ShallowReactive<Map<string, RoomState>>
  /** The build of the page that the server serves now, as `welcome` says it. */
  readonly serverBuild: ShallowRef<string | undefined> = shallowRef(undefined)
  /** What the user has saved last, or removed from it, here or elsewhere. */
  readonly savedChange: ShallowRef<SavedChange | undefined> = shallowRef()
  /** What the user wants to be told; undefined until the server has said it. */
  readonly notifications: ShallowRef<NotificationsFrame | undefined> = shallowRef()
  /** When the messages were kept that a page without a server shows; undefined once the server has answered. */
  readonly restoredAt: ShallowRef<number | undefined>
  readonly items: ShallowRef<readonly Item[]> = shallowRef([])
  readonly outbox: Outbox
  readonly drafts: Drafts
  uploads: Uploads | undefined
  readonly statuses = new Statuses()
  readonly #environment: Environment
  readonly #connection: Connection
  readonly #rooms: Rooms
  readonly #pending: PendingCommands
  /** Called with each unread message of others, as it comes. */
  onNews: (message: Message) => void = () => {}
  endPush?: () => Promise<void>
  /** Called with each room that the user is not in any more. */
  onRoomLeft: (room: RoomState, why: LeaveReason) => void = () => {}
  /** Called when the server takes this page for another user's. Nothing is sent then. */
  onOtherUser: (user: number) => void = () => {}
  readonly #typedAt = new Map<string, number>()

  constructor(page: PageState & Partial<RestoredPage>, environment: Environment, storage: Storage, tab: string) {
    const { user, role, isVerified, canViewPublic, canCreateRooms, serverName, serverIcon } = page
    const { clock } = environment
    this.user = user
    this.role = shallowRef(role)
    this.isVerified = isVerified
    this.viewer = computed(() => ({ role: this.role.value, isVerified }))
    this.canCreateRooms = canCreateRooms
    this.canBeginConversations = isVerified && canViewPublic
    this.restoredAt = shallowRef(page.restored?.at)
    this.serverName = serverName
    this.serverIcon = serverIcon
    this.#environment = environment
    this.statuses.learnPeople(page.rooms)
    this.#rooms = new Rooms(page, {
      clock,
      send: (frame) => this.#send(frame),
      outbox: () => this.outbox,
      arrived: (message) => this.onNews(message),
      left: (room, why) => this.onRoomLeft(room, why),
    })
    this.rooms = this.#rooms.states
    this.outbox = new Outbox({
      user: user.id,
      tab,
      storage,
      clock,
      newKey: randomKey,
      send: (item) => this.#send(commandOf(item)),
      // Items of a room that does not exist any more are never shown.
      shown: (room) => this.rooms.get(room)?.last ?? Number.POSITIVE_INFINITY,
      changed: (items) => {
        this.items.value = items
      },
    })
    this.drafts = new Drafts(user.id)
    this.#pending = new PendingCommands({ clock, newKey: randomKey, send: (frame) => this.#send(frame) })
    // This listener comes before the connection's, which closes the socket: the outbox can still send.
    environment.events.addEventListener('pagehide', () => this.outbox.release())
    this.#connection = new Connection(environment, {
      changed: (state) => this.#connectionChanged(state),
      received: (text) => this.#received(readKnownFrame(text)),
    })
    this.connection = shallowRef(this.#connection.state)
  }

  start() {
    this.#connection.start()
  }

  tryNow() {
    this.#connection.tryNow()
  }

  write(room: string, text: string, reply?: number, uploads?: string[]) {
    this.#typedAt.delete(room)
    this.outbox.add(room, withoutControls(text).trimEnd(), reply, undefined, { uploads })
  }

  edit(room: string, ref: number, text: string, files?: NamedFile[]) {
    this.outbox.change({ type: 'edit', room, ref, data: withoutControls(text).trimEnd(), files })
  }

  /** Deletes the message in a while; until then `discard` of its item undoes it. */
  remove(room: string, ref: number) {
    this.outbox.change({ type: 'delete', room, ref }, undoMs)
  }

  react(room: string, ref: number, data: string, on: boolean) {
    react(this.outbox, room, ref, data, on)
  }

  toggleReaction(message: Message, data: string) {
    this.react(message.room, message.id, data, !hasReacted(message, data, this.user.id))
  }

  /** Sends a command that is answered once. Rejects with a `CommandError`. */
  ask<Asked extends AnsweredCommand>(question: Asked): Promise<AnswerTo<Asked>> {
    // Outside of the room, a held deletion would be refused.
    if (question.type === 'leave') this.outbox.release(question.room)
    return this.#pending.ask(question)
  }

  /** The user looks at the room: it is opened, and its first unread or its newest messages are fetched unless some are here. */
  visit(room: string, atEnd = false) {
    this.#rooms.visit(room, atEnd)
  }

  fetch(room: string, fetch: Fetch) {
    this.#rooms.history.fetch(room, fetch)
  }

  /** Brings the message into the window, wherever in the room it is. */
  show(room: string, id: number) {
    this.#rooms.history.show(room, id)
  }

  atEnd(room: string, atEnd: boolean) {
    this.#rooms.apply(room, { type: 'at-end', atEnd })
  }

  /** The user has read up to the id; without one, they mark the room as read. */
  seen(room: string, id?: number) {
    this.#rooms.seen(room, id)
  }

  /** Marks all rooms as read, up to their ends on the server. @returns false without a connection */
  markAllRead(): boolean {
    return this.#send({ type: 'read-all' })
  }

  /** Marks the message and what follows it as unread. @returns false without a connection */
  markUnread(room: string, id: number): boolean {
    return this.#rooms.markUnread(room, id)
  }

  typing(room: string) {
    const now = this.#environment.clock.now()
    if (now - (this.#typedAt.get(room) ?? 0) < typingEveryMs) return
    if (this.#send({ type: 'typing', room })) this.#typedAt.set(room, now)
  }

  #send(frame: ClientFrame): boolean {
    return this.#connection.send(writeFrame(frame))
  }

  #connectionChanged(state: ConnectionState) {
    const wasOpen = this.connection.value.state === 'open'
    this.connection.value = state
    const isOpen = state.state === 'open'
    if (isOpen === wasOpen) return
    if (isOpen) return this.#rooms.connectionOpened()
    this.outbox.connectionLost()
    this.#pending.connectionLost()
    this.#rooms.connectionLost()
  }

  #received(frame: ReceivedFrame | undefined) {
    if (!frame) return
    if (frame.type === 'save') this.savedChange.value = frame
    if (frame.type === 'notifications') this.notifications.value = frame
    if (frame.type === 'role') this.role.value = frame.role
    switch (frame.type) {
      case 'pong':
      case 'closed':
      case 'audit':
      case 'role':
        return
      case 'welcome':
        if (frame.user.id !== this.user.id) return this.onOtherUser(frame.user.id)
        this.restoredAt.value = undefined
        this.serverBuild.value = frame.build
        this.role.value = frame.role
        this.#rooms.block(frame.blocked ?? [])
        this.statuses.welcomed(frame.rooms)
        return this.#rooms.welcomed(frame.rooms)
      case 'bye':
        return this.#connection.reconnectAfter(frame.retryAfterMs)
      case 'sent':
        return this.outbox.sent(frame.key, frame.id)
      case 'error':
        return this.#failed(frame)
      case 'history':
        return this.#rooms.history.isExpected(frame.room, frame) ? this.#rooms.apply(frame.room, frame) : undefined
      case 'read':
        return this.#rooms.readTo(frame)
      case 'room':
        return frame.id === undefined ? this.#roomUpdated(frame) : this.#rooms.apply(frame.room, frame)
      case 'status':
        return this.statuses.learnAll(frame.data)
      case 'members':
        this.statuses.learnMembers(frame.data, this.rooms.get(frame.room)?.kind === 'direct')
        return this.#pending.answered(frame)
      case 'notifications':
      case 'users':
      case 'invite':
      case 'invites':
      case 'files':
      case 'commands':
      case 'mentions':
      case 'saved':
      case 'found':
      case 'next-mention':
      case 'done':
        return this.#pending.answered(frame)
      case 'banned':
        return this.#rooms.userBanned(frame)
      case 'pins':
        this.#rooms.apply(frame.room, frame)
        return this.#pending.answered(frame)
      case 'blocks':
        this.#rooms.block(frame.data.map(({ id }) => id))
        return this.#pending.answered(frame)
      default:
        return this.#rooms.apply(frame.room, frame)
    }
  }

  #failed(frame: ErrorFrame) {
    const { key, room, code, message, retryAfterMs } = frame
    const wasPending = this.#pending.failed(frame)
    if (key === undefined) {
      if (room !== undefined) this.#failedIn(room, frame)
    } else if (!wasPending && this.outbox.failed(key, { code, message, retryAfterMs })) {
      if (room !== undefined && code === 'not-in-room') this.#rooms.notInRoom(room)
    }
  }

  /** A command about the room failed that has no key. */
  #failedIn(room: string, { command, code, retryAfterMs = againMs }: ErrorFrame) {
    if (command === 'summary') this.#rooms.summaryFailed(room, retryAfterMs)
    if (command === 'unread') this.#rooms.markUnreadRefused(room)
    if (code === 'no-such-room') return this.#rooms.leave(room, this.#rooms.isNew(room) ? 'refused' : 'gone')
    if (command !== 'open' && command !== 'history') return
    if (code === 'too-fast' || code === 'internal' || code === 'unavailable')
      this.#environment.clock.after(retryAfterMs, () => this.#rooms.apply(room, { type: 'ask-again' }))
    else if (command === 'open' && this.#rooms.isNew(room)) this.#rooms.leave(room, 'refused')
  }

  #roomUpdated(news: RoomUpdate | { room: string; gone: true }) {
    if (!news.gone) this.statuses.learnPeople([news])
    this.#rooms.updated(news)
    if (!news.gone && news.key !== undefined) this.#pending.answered(news)
  }
}
