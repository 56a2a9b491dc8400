import { randomUUID } from 'node:crypto'
import type { Socket } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import { type RawData, WebSocket } from 'ws'
import { closeCodes } from '../../shared/protocol/close-codes.ts'
import { ChatError } from '../../shared/protocol/errors.ts'
import type { ServerFrame } from '../../shared/protocol/frames.ts'
import { lobby } from '../../shared/protocol/limits.ts'
import type { User } from '../../shared/protocol/types.ts'
import type { Session } from '../auth/sessions.ts'
import type { Services } from '../commands/contract.ts'
import type { ConnectionLimits } from '../rate-limit/limiter.ts'
import { ReaderGone } from '../rate-limit/read-queue.ts'
import { keyOf } from '../rate-limit/user-key.ts'
import type { ChatSocket } from '../transports/websocket/chat-socket.ts'
import type { Connection, Subscription } from './contract.ts'
import { isFinalClose } from './final-close.ts'
import { SocketOutputBuffer } from './output-buffer.ts'
import { runCommand } from './run-command.ts'
import type { Subprotocol } from './subprotocols/subprotocol.ts'

/** Frames that wait their turn before the socket is no longer read. */
const maxWaiting = 64
/** Characters of the waiting frames: sixty-four of the largest on each of a thousand connections would be too much. */
const maxWaitingCharacters = 64 * 1024

/** One open line of a session: frame in, limits, parse, handle, reply. */
export class ChatConnection implements Connection {
  /** What its user may do changes with it. */
  session: Session
  readonly output: SocketOutputBuffer<Subprotocol>
  /** The rooms that it has open, by name. */
  readonly rooms = new Map<string, Subscription>()
  departures = 0
  /** What it is being told of how its user stands in a room: the newest for each. */
  accessNotices: Map<string, object> | undefined = undefined
  #id: string | undefined
  readonly #ws: ChatSocket
  readonly #services: Services
  readonly limits: ConnectionLimits
  putOff: Map<string, ChatError> | undefined
  #waiting: string[] = []
  #waitingCharacters = 0
  /** Settles when every frame so far has been answered; undefined when there is nothing to do. */
  #work: Promise<void> | undefined
  #isFinishing = false
  /** The code with which we closed it, whatever the other side makes of that. */
  #closedWith: number | undefined
  #isEnded = false
  /** What has to wait for the first frame, which says how everything stood before. */
  #held: ServerFrame[] | undefined

  constructor(ws: ChatSocket, socket: Socket, session: Session, subprotocol: Subprotocol, services: Services) {
    this.session = session
    this.output = new SocketOutputBuffer(ws, socket, services.hub.turn, subprotocol)
    this.#ws = ws
    this.#services = services
    this.limits = services.limiter.forConnection(keyOf(session))
    ws.connection = this
    if (subprotocol.isGreetedFirst) this.#held = []
    ws.on('message', onMessage).on('close', onClose)
    services.hub.add(this)
    this.#begin(() => subprotocol.greet(services, this).catch((error) => this.#putOff(error)))
  }

  /** Where it comes from. */
  get network(): string {
    return this.#ws.network
  }

  get isGone(): boolean {
    return this.#isEnded
  }

  get user(): User {
    return this.session.user
  }

  /** Names it among all connections of all nodes; most are never asked for it. */
  get id(): string {
    this.#id ??= randomUUID()
    return this.#id
  }

  inRoom(room: string): () => boolean {
    const subscription = this.rooms.get(room)
    if (!subscription) throw new ChatError('not-in-room', 'Open the room first.')
    return () => this.rooms.get(room) === subscription
  }

  leave(room: string): void {
    this.#services.hub.leave(this, room)
  }

  reply(frame: ServerFrame): void {
    if (this.#held && frame.type !== 'welcome' && frame.type !== 'bye') return void this.#held.push(frame)
    const held = this.#held
    this.#held = undefined
    this.#write(frame)
    for (const one of held ?? []) this.#write(one)
  }

  #write(frame: ServerFrame): void {
    const last = this.rooms.get(lobby)?.room.last ?? 0
    const encoded = this.output.codec.write(frame, last, this.user)
    if (!encoded) return
    if (this.limits.answered(encoded.length)) this.#services.limiter.hasRead(this.session, this.network, encoded.length)
    this.output.push(encoded)
  }

  /** What was given to the output buffer is sent first. */
  close(code: number, reason: string): void {
    this.#closedWith ??= code
    this.output.flush()
    this.#waiting = []
    this.#waitingCharacters = 0
    this.#ws.close(code, reason)
  }

  #closeFlood(): void {
    if (this.#closedWith === undefined) {
      this.#services.log.event('flood-closed', { address: this.#ws.address, user: this.user.id })
    }
    this.close(closeCodes.flood, 'Too many frames')
    this.#ws.closeFlood()
  }

  /** Answers what is being worked on and takes nothing further: what comes now was never acknowledged, and comes again. */
  async finish(): Promise<void> {
    this.#isFinishing = true
    this.#waiting = []
    this.#waitingCharacters = 0
    this.output.abandon()
    await this.#work
  }

  /** A fault of ours that leaves the connection without a future: it may come back and be served from the log. */
  fail(error: unknown): void {
    if (error instanceof ReaderGone) return
    this.#services.log.event('connection-failed', { user: this.user.id, err: error })
    this.close(closeCodes.internal, 'Internal error')
  }

  /** One frame of the other side's. */
  receive(data: Buffer, isBinary: boolean): void {
    // After our close frame the rest is read only to find the other side's.
    if (this.#ws.readyState !== WebSocket.OPEN || this.#isFinishing) return
    if (isBinary) return this.close(closeCodes.unsupportedData, 'Text frames only')
    const text = data.toString()
    this.#waiting.push(text)
    this.#waitingCharacters += text.length
    if (this.#waiting.length >= maxWaiting || this.#waitingCharacters >= maxWaitingCharacters) this.#ws.pause()
    if (!this.#work) this.#begin()
  }

  #begin(first?: () => Promise<void>): void {
    const work = async () => {
      await first?.()
      await this.#answerAll()
    }
    this.#work = work()
      .catch((error) => this.fail(error))
      .finally(() => {
        this.#work = undefined
        if (this.#waiting.length) this.#begin()
      })
  }

  /** Commands are carried out in the order in which they came, each after the one before it has been answered. */
  async #answerAll(): Promise<void> {
    for (let frame = this.#waiting.shift(); frame !== undefined; frame = this.#waiting.shift()) {
      this.#waitingCharacters -= frame.length
      await this.#run(frame)
      if (this.output.isFull) await this.#makeRoom()
    }
    this.putOff = undefined
    this.#ws.readOn()
  }

  /** A client that does not read its answers waits until it has read them, and one that asks for much does not delay the others. */
  async #makeRoom(): Promise<void> {
    this.output.flush()
    await setImmediate()
    // A connection that is being closed is not waited for.
    if (!this.#isFinishing) await this.output.drained()
  }

  async #run(text: string): Promise<void> {
    const refusal = await runCommand(
      this.#services,
      this,
      () => this.output.codec.read(text),
      () => this,
    )
    if (!refusal) return
    this.reply(refusal)
    if (refusal.code !== 'internal' && this.limits.refusal()) this.#closeFlood()
  }

  /** A client whose first frame cannot be read now comes back later. */
  #putOff(error: unknown): void {
    if (!(error instanceof ChatError) || !error.retryAfterMs) throw error
    this.reply({ type: 'bye', retryAfterMs: error.retryAfterMs })
    this.close(closeCodes.restart, 'Come back later')
  }

  /** The socket is closed. */
  async ended(code: number): Promise<void> {
    const { hub, lastSeen, reads, log } = this.#services
    this.#isEnded = true
    hub.turn.backlog.remove(this.output)
    reads.leave(this)
    // What the client sent before it closed is answered first. A room that is opened by that is left again below.
    await this.#work
    const reason = this.#closedWith ?? code
    // The client ended it: 1005 is a close without a code.
    const isClosedByClient = reason === 1000 || reason === 1005
    hub.remove(this, !isClosedByClient && !isFinalClose(reason))
    lastSeen.closed(this.session)
    log.debug({ user: this.user.id, code }, 'disconnected')
  }
}

function onMessage(this: WebSocket, data: RawData, isBinary: boolean): void {
  ;(this as ChatSocket).connection?.receive(data as Buffer, isBinary)
}

function onClose(this: WebSocket, code: number): void {
  const ws = this as ChatSocket
  ws.connection?.ended(code).catch((error) => ws.onFault?.(ws, error))
}
