import { randomUUID } from 'node:crypto'
import { closeCodes } from '../../../shared/protocol/close-codes.ts'
import { ChatError } from '../../../shared/protocol/errors.ts'
import type { ServerFrame } from '../../../shared/protocol/frames.ts'
import type { User } from '../../../shared/protocol/types.ts'
import type { Session } from '../../auth/sessions.ts'
import type { Connection, OutputBuffer, Subscription } from '../../chat/contract.ts'
import { isFinalClose } from '../../chat/final-close.ts'
import { chatV1 } from '../../chat/subprotocols/chat-v1.ts'
import type { Services } from '../../commands/contract.ts'
import { handlers } from '../../commands/handlers.ts'
import { subscribeAfter } from '../../commands/subscribe-after.ts'
import { networkOf } from '../../rate-limit/network.ts'
import { ReaderGone } from '../../rate-limit/read-queue.ts'
import type { OpenConnection, Transport } from '../open-connections.ts'
import { type Cursor, markOf } from './cursor.ts'
import { Positions } from './positions.ts'
import type { StreamRequest } from './stream-request.ts'

const againMs = 1_000

export interface StreamOrigin {
  session: Session
  /** The client's address. */
  address: string
}

/** A connection that only receives: an event stream or a long poll. The hub serves it like a WebSocket. */
export abstract class StreamConnection implements Connection, OpenConnection {
  abstract readonly transport: Transport
  session: Session
  readonly id = randomUUID()
  readonly address: string
  readonly network: string
  readonly rooms = new Map<string, Subscription>()
  departures = 0
  accessNotices: Map<string, object> | undefined = undefined
  abstract readonly output: OutputBuffer
  protected readonly services: Services
  protected readonly positions: Positions
  /** Mark of the epoch of the log, with which cursors are compared. */
  readonly #mark: string
  protected closedWith: { code: number; reason: string } | undefined
  #isGone = false
  #isOpening = false
  readonly #refusals: ChatError[] = []
  /** What comes before the response begins: until then it may still be refused. */
  #held: ServerFrame[] | undefined = []

  constructor(services: Services, { session, address }: StreamOrigin) {
    this.services = services
    this.session = session
    this.address = address
    this.network = networkOf(address)
    this.#mark = markOf(services.store.epoch)
    this.positions = new Positions(this.rooms, this.#mark)
  }

  get connection(): this {
    return this
  }

  get user(): User {
    return this.session.user
  }

  get isGone(): boolean {
    return this.#isGone
  }

  inRoom(room: string): () => boolean {
    const subscription = this.rooms.get(room)
    if (!subscription) throw new ChatError('not-in-room', 'Open the room first.')
    return () => this.rooms.get(room) === subscription
  }

  leave(room: string): void {
    this.services.hub.leave(this, room)
  }

  reply(frame: ServerFrame): void {
    if (this.#held) this.#held.push(frame)
    else this.#write(frame)
  }

  close(code: number, reason: string): void {
    if (this.closedWith || this.#isGone) return
    this.closedWith = { code, reason }
    this.end()
  }

  fail(error: unknown): void {
    if (error instanceof ReaderGone || this.#isGone) return
    this.services.log.event('connection-failed', { user: this.user.id, err: error })
    this.close(closeCodes.internal, 'Internal error')
  }

  async finish(): Promise<void> {}

  abstract terminate(): void

  /** Sends what there is, and ends the response if it has begun. */
  protected abstract end(): void

  /** The response begins: it is not refused any more. */
  protected begin(): void {}

  /** A room is followed from its end: what its client is told of it now. */
  protected followed(_subscription: Subscription): void {}

  /**
   * Opens what is asked for, and begins the response. Rooms that cannot be opened get an `error`.
   * @throws ChatError when none can be opened
   */
  async open(asked: StreamRequest): Promise<void> {
    this.#isOpening = true
    try {
      await this.#openAll(asked)
    } finally {
      this.#isOpening = false
      if (this.#isGone) this.#leaveHub()
    }
    const [refusal] = this.#refusals
    if (this.#held && this.closedWith) throw refusalFor(this.closedWith)
    if (this.#held && refusal) throw refusal
  }

  async #openAll({ isGreeted, rooms, opens }: StreamRequest): Promise<void> {
    if (isGreeted) await chatV1.greet(this.services, this)
    if (this.#isOver) return
    if (isGreeted || opens.length) this.#begin()
    for (const [room, cursor] of rooms) await this.#try(room, () => this.#follow(room, cursor))
    for (const command of opens) await this.#try(command.room, async () => handlers.open(this.services, this, command))
  }

  get #isOver(): boolean {
    return this.closedWith !== undefined || this.#isGone
  }

  /** The client has gone, or has its answer. A room that is being opened is left once it is open. */
  protected leaveAll(): void {
    if (this.#isGone) return
    this.#isGone = true
    this.services.reads.leave(this)
    if (!this.#isOpening) this.#leaveHub()
  }

  #leaveHub(): void {
    const { hub, lastSeen, log } = this.services
    hub.remove(this, !isFinalClose(this.closedWith?.code))
    lastSeen.closed(this.session)
    log.debug({ user: this.user.id, code: this.closedWith?.code }, 'a stream ended')
  }

  async #try(room: string, open: () => Promise<void>): Promise<void> {
    // Closed while the room before it was opened.
    if (this.#isOver) return
    try {
      await open()
    } catch (error) {
      if (error instanceof ReaderGone) return
      if (!(error instanceof ChatError)) throw error
      this.#refusals.push(error)
      const { code, message, retryAfterMs } = error
      this.reply({ type: 'error', code, message, ...(retryAfterMs && { retryAfterMs }), command: 'open', room })
    }
  }

  /** As by the command `open`, but what follows the cursor comes as entries. */
  async #follow(name: string, cursor: Cursor | undefined): Promise<void> {
    const { epoch } = this.services.store
    const isOfThisLog = cursor?.mark === undefined || cursor.mark === this.#mark
    const place = { room: name, after: cursor?.id, at: cursor?.at, epoch: isOfThisLog ? epoch : cursor.mark }
    const { subscription, isKnown } = await subscribeAfter(this.services, this, place)
    const { room } = subscription
    if (this.#isOver) return
    this.#begin()
    // The position is of another log: `opened` says so, and has the newest messages.
    if (!isKnown) return await handlers.open(this.services, this, { type: 'open', ...place })
    const id = cursor?.id ?? room.last
    this.positions.set(name, { id, at: id === room.last ? room.lastAt : cursor?.at })
    room.follow(subscription, id)
    if (subscription.isLive) this.followed(subscription)
  }

  #begin(): void {
    const held = this.#held
    if (!held) return
    this.#held = undefined
    this.begin()
    for (const frame of held) this.#write(frame)
  }

  #write(frame: ServerFrame): void {
    const bytes = this.output.codec.write(frame, 0, this.user)
    if (!bytes) return
    this.services.limiter.hasRead(this.session, this.network, bytes.length)
    this.output.push(bytes)
  }
}

/** For a connection that was closed before its response began. Only a banned user need not ask again. */
function refusalFor({ code, reason }: { code: number; reason: string }): ChatError {
  if (code === closeCodes.banned) return new ChatError('forbidden', `${reason}.`)
  return new ChatError('unavailable', `${reason}.`, againMs)
}
