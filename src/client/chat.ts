/** Ties the line, the rooms and the outbox together; the components show what is here and call what is here. */
import { type ShallowReactive, type ShallowRef, shallowReactive, shallowRef } from 'vue'
import type { ClientFrame, Opened, RoomSummary, ServerFrame, User } from '../shared/protocol.ts'
import { withoutControls } from '../shared/text.ts'
import { Connection, type ConnectionState, type Surroundings } from './connection.ts'
import { type Heard, readFrame, writeFrame } from './frames.ts'
import { type Item, Outbox, randomKey, type Storage } from './outbox.ts'
import type { PageState } from './page-state.ts'
import { ReadMarks } from './read-marks.ts'
import { type RoomEvent, type RoomState, reduce, roomFrom } from './room.ts'

const typingEveryMs = 3_000
const typingShownMs = 5_000
const againMs = 2_000

type ErrorFrame = Extract<ServerFrame, { type: 'error' }>

export class Chat {
  readonly user: User
  readonly connection: ShallowRef<ConnectionState>
  readonly rooms: ShallowReactive<Map<string, RoomState>>
  readonly summaries: ShallowReactive<Map<string, RoomSummary>> = shallowReactive(new Map())
  readonly items: ShallowRef<readonly Item[]> = shallowRef([])
  readonly outbox: Outbox
  readonly #around: Surroundings
  readonly #line: Connection
  readonly #marks: ReadMarks
  readonly #typedAt = new Map<string, number>()

  constructor({ user, opened }: PageState, around: Surroundings, storage: Storage, tab: string) {
    this.user = user
    this.rooms = shallowReactive(new Map([[opened.room, roomFrom(opened)]]))
    this.#around = around
    this.outbox = new Outbox({
      user: user.id,
      tab,
      storage,
      clock: around.clock,
      newKey: randomKey,
      send: ({ room, key, data }) => this.#send({ type: 'chat', room, key, data }),
      shown: (room) => this.rooms.get(room)?.last ?? 0,
      changed: (items) => {
        this.items.value = items
      },
    })
    this.#marks = new ReadMarks({
      clock: around.clock,
      readTo: (room) => this.rooms.get(room)?.read ?? 0,
      send: (room, id) => !this.rooms.get(room)?.need && this.#send({ type: 'read', room, id }),
    })
    this.#line = new Connection(around, {
      changed: (state) => this.#lineChanged(state),
      heard: (text) => this.#heard(readFrame(text)),
    })
    this.connection = shallowRef(this.#line.state)
  }

  start() {
    this.#line.start()
  }

  tryNow() {
    this.#line.tryNow()
  }

  write(room: string, text: string) {
    this.#typedAt.delete(room)
    this.outbox.add(room, withoutControls(text).trimEnd())
  }

  fetchOlder(room: string) {
    const { more, fetching, messages } = this.rooms.get(room) ?? {}
    const first = messages?.[0]
    if (!more || fetching || !first) return
    if (this.#send({ type: 'history', room, before: first.id })) this.#apply(room, { type: 'fetch' })
  }

  /** All that is shown of the room, to its end, is before the user's eyes. */
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
    return this.#line.send(writeFrame(frame))
  }

  #lineChanged(state: ConnectionState) {
    const wasOpen = this.connection.value.state === 'open'
    this.connection.value = state
    const isOpen = state.state === 'open'
    if (isOpen === wasOpen) return
    if (!isOpen) this.outbox.lineLost()
    for (const room of this.rooms.keys()) this.#apply(room, { type: isOpen ? 'line-open' : 'line-lost' })
  }

  #heard(frame: Heard | undefined) {
    if (!frame) return
    switch (frame.type) {
      case 'pong':
      case 'closed':
        return
      case 'welcome':
        for (const summary of frame.rooms) {
          this.summaries.set(summary.room, summary)
          this.#apply(summary.room, { type: 'summary', summary })
        }
        return
      case 'bye':
        return this.#line.comeBackAfter(frame.retryAfterMs)
      case 'sent':
        return this.outbox.sent(frame.key, frame.id)
      case 'error':
        return this.#failed(frame)
      case 'read':
        this.#marks.heard(frame.room, frame.id)
        return this.#apply(frame.room, frame)
      default:
        return this.#apply(frame.room, frame)
    }
  }

  #failed(frame: ErrorFrame) {
    const { key, room, code, message, retryAfterMs } = frame
    if (key !== undefined && this.outbox.failed(key, { code, message, retryAfterMs })) {
      if (room !== undefined && code === 'not-in-room') this.#apply(room, { type: 'line-open' })
      return
    }
    if (room === undefined || (code !== 'too-fast' && code !== 'internal')) return
    this.#around.clock.after(retryAfterMs ?? againMs, () => this.#apply(room, { type: 'ask-again' }))
  }

  #apply(room: string, event: RoomEvent) {
    const before = this.rooms.get(room)
    if (!before) return
    const after = reduce(before, event, this.#around.clock.now())
    this.rooms.set(room, after)
    if (after.need && after.need !== before.need) this.#open(after)
    if (event.type === 'opened') this.#opened(after, event)
    if (after.last !== before.last) this.outbox.shown(room)
    if (event.type === 'typing') {
      this.#around.clock.after(typingShownMs, () => this.#apply(room, { type: 'tick' }))
    }
  }

  #open({ room, epoch, need }: RoomState) {
    this.#send({ type: 'open', room, ...(need?.after !== undefined && { after: need.after, epoch }) })
  }

  #opened({ room, need }: RoomState, { reset, read }: Opened) {
    if (reset) this.outbox.roomReset(room)
    if (need) return
    this.outbox.roomOpen(room)
    this.#marks.opened(room, read)
  }
}
