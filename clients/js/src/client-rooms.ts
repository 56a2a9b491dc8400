/** The rooms that a client keeps open, over any number of connections: each entry comes once, in order. */
import type { ClientFrame } from '../../../src/shared/protocol/commands.ts'
import type { ErrorCode } from '../../../src/shared/protocol/errors.ts'
import type { Opened, ServerFrame } from '../../../src/shared/protocol/frames.ts'
import type { Entry, RoomSummary } from '../../../src/shared/protocol/types.ts'
import type { Clock } from './clock.ts'
import { Deferred } from './deferred.ts'
import type { UnknownEntry } from './frames.ts'
import type { Outbox } from './outbox.ts'
import { CommandError } from './pending-commands.ts'
import {
  nowhere,
  openCommand,
  type Position,
  reconnected,
  startingAt,
  withAnswer,
  withEntry,
  withGap,
  withOpened,
} from './position.ts'

/** Up to where a log is known. It can be kept, and given to `open` later. */
export interface LogPosition {
  /** The id of the last entry. */
  after: number
  /** When that was stored, and which log it is of: with them a log that was restored is recognised. */
  at?: number | undefined
  epoch?: string | undefined
}

type RoomNews = RoomSummary | { room: string; gone: true }
type ErrorFrame = Extract<ServerFrame, { type: 'error' }>

interface Room {
  position: Position
  /** Whether the server has ever opened it. */
  wasOpened: boolean
  /** Whether nothing is missing and what is new comes by itself. */
  isLive: boolean
  opened: Deferred<Opened>
  /** Whether it is open only for what an earlier run has not sent: its entries are not wanted yet. */
  isForOutbox: boolean
}

interface Context {
  clock: Clock
  send(frame: ClientFrame): boolean
  outbox(): Outbox | undefined
  received(frame: Opened | Entry): void
}

const againMs = 2_000

/** Refusals that do not last. */
const passing: ReadonlySet<string> = new Set(['too-fast', 'internal', 'unavailable'])

export class ClientRooms {
  readonly #rooms = new Map<string, Room>()
  readonly #context: Context
  /** Whether the connection has said which rooms the user is in. */
  #isWelcomed = false

  constructor(context: Context) {
    this.#context = context
  }

  /** @param address normalized, here and below */
  open(address: string, from?: LogPosition, isForOutbox = false): Promise<Opened> {
    const known = this.#rooms.get(address)
    if (known && (isForOutbox || !known.isForOutbox)) return known.opened.promise
    const opened = new Deferred<Opened>()
    const room = { position: startOf(from), wasOpened: false, isLive: false, opened, isForOutbox }
    this.#rooms.set(address, room)
    if (this.#isWelcomed) this.#ask(address, room)
    return room.opened.promise
  }

  close(address: string) {
    if (!this.#rooms.has(address)) return
    this.#forget(address, 'not-in-room')
    this.#context.send({ type: 'close', room: address })
  }

  position(address: string): LogPosition | undefined {
    const room = this.#rooms.get(address)
    if (!room?.wasOpened) return undefined
    const { last: after, lastAt: at, epoch } = room.position
    return { after, at, epoch }
  }

  welcomed(summaries: readonly RoomSummary[]) {
    this.#isWelcomed = true
    for (const summary of summaries) this.updated(summary)
    for (const [address, room] of this.#rooms) {
      if (room.wasOpened) room.position = reconnected(room.position)
      this.#ask(address, room)
    }
  }

  connectionLost() {
    this.#isWelcomed = false
    for (const room of this.#rooms.values()) room.isLive = false
  }

  /** The connection ends for good. */
  ended(error: Error) {
    for (const room of this.#rooms.values()) room.opened.reject(error)
    this.#rooms.clear()
  }

  opened(frame: Opened) {
    const { room: address, entries, more } = frame
    const room = this.#rooms.get(address)
    // The answer to an `open` before this one, which the room has forgotten.
    if (!room || (room.position.need?.after !== undefined && !entries && !frame.reset)) return
    const before = room.position.last
    room.wasOpened = true
    room.position = entries ? withOpened(room.position, frame) : startingAt(frame)
    if (frame.reset) this.#context.outbox()?.roomReset(address)
    if (!room.isForOutbox) this.#context.received(frame)
    for (const entry of entries ?? []) this.#next(address, room, entry)
    // A listener may have closed it.
    if (this.#rooms.get(address) !== room) return
    if (entries) room.position = withAnswer(room.position, before, more)
    if (room.position.need) return this.#ask(address, room)
    room.isLive = true
    room.opened.resolve(frame)
    this.#context.outbox()?.roomOpen(address)
  }

  /** An entry that has just been stored. */
  entry(entry: Entry | UnknownEntry) {
    const room = this.#rooms.get(entry.room)
    if (!room) return
    this.#next(entry.room, room, entry)
    const { need } = room.position
    room.position = withGap(room.position)
    if (room.position.need !== need) this.#ask(entry.room, room)
  }

  /** What the server says of a room for the user. */
  updated(news: RoomNews) {
    if ('gone' in news) return this.#forget(news.room, 'no-such-room')
    // One that the user is about to open again is still called so.
    if (news.left && this.#rooms.get(news.room)?.wasOpened) this.#forget(news.room, 'not-in-room')
  }

  /** `open` was refused. */
  openFailed({ room: address = '', code, message, retryAfterMs = againMs }: ErrorFrame) {
    const room = this.#rooms.get(address)
    if (!room) return
    if (!passing.has(code)) return this.#forget(address, code, message)
    this.#context.clock.after(retryAfterMs, () => {
      if (this.#rooms.get(address) === room && this.#isWelcomed && !room.isLive) this.#ask(address, room)
    })
  }

  /** A message was refused with `not-in-room`. */
  notInRoom(address: string) {
    const room = this.#rooms.get(address)
    if (!room) return this.#context.outbox()?.roomClosed(address, 'not-in-room')
    room.isLive = false
    room.position = reconnected(room.position)
    this.#ask(address, room)
  }

  #ask(address: string, { position }: Room) {
    this.#context.send(openCommand(address, position))
  }

  #next(address: string, room: Room, entry: Entry | UnknownEntry) {
    const before = room.position
    room.position = withEntry(before, entry)
    const isNext = room.position.last > before.last && this.#rooms.get(address) === room
    if (isNext && !room.isForOutbox && entry.type !== 'unknown-entry') this.#context.received(entry)
  }

  #forget(address: string, code: ErrorCode, message = 'The room was closed.') {
    this.#rooms.get(address)?.opened.reject(new CommandError(code, message))
    this.#rooms.delete(address)
    this.#context.outbox()?.roomClosed(address, code)
  }
}

function startOf(from: LogPosition | undefined): Position {
  if (!from) return { ...nowhere, need: {} }
  const { after, at: lastAt, epoch = '' } = from
  return { epoch, last: after, lastAt, known: after, need: { after } }
}
