import { setImmediate } from 'node:timers/promises'
import type { Socket } from 'socket.io'
import { closeCodes, reconnectAfter } from '../../../shared/protocol/close-codes.ts'
import type { Command } from '../../../shared/protocol/commands.ts'
import { ChatError } from '../../../shared/protocol/errors.ts'
import type { ServerFrame } from '../../../shared/protocol/frames.ts'
import type { User } from '../../../shared/protocol/types.ts'
import type { Session } from '../../auth/sessions.ts'
import type { Caller, Subscription } from '../../chat/contract.ts'
import { isFinalClose } from '../../chat/final-close.ts'
import { type Refusal, refusalOf, runCommand } from '../../chat/run-command.ts'
import { chatV1 } from '../../chat/subprotocols/chat-v1.ts'
import type { Services } from '../../commands/contract.ts'
import { handlers } from '../../commands/handlers.ts'
import { subscribeAfter } from '../../commands/subscribe-after.ts'
import type { ConnectionLimits } from '../../rate-limit/limiter.ts'
import { ReaderGone } from '../../rate-limit/read-queue.ts'
import type { FrameTexts } from '../stream/stream-codecs.ts'
import { AcknowledgedCaller } from './acknowledged-caller.ts'
import type { ConnectOptions } from './connect-options.ts'
import type { ClientConnection, EngineClient } from './engine-client.ts'
import { EngineOutput } from './engine-output.ts'
import { commandFrame, connectionAnswers, dropBytes, type ReceivedEvent, type SentFrame } from './events.ts'
import { FileEvents, type FileNeeds } from './file-events.ts'
import { eventPacket, PacketCodec } from './packets.ts'

/** Events that wait their turn before nothing more is read: each may be as large as a frame. */
const maxWaiting = 8

interface Given {
  client: EngineClient
  socket: Socket
  session: Session
  limits: ConnectionLimits
  open: ConnectOptions['open']
  texts: FrameTexts
}

/** The connection of one client of Socket.IO. */
export class SocketIoConnection implements ClientConnection {
  session: Session
  readonly id: string
  readonly network: string
  readonly rooms = new Map<string, Subscription>()
  departures = 0
  accessNotices: Map<string, object> | undefined = undefined
  readonly output: EngineOutput
  readonly limits: ConnectionLimits
  putOff: Map<string, ChatError> | undefined
  readonly #services: Services
  readonly #socket: Socket
  readonly #client: EngineClient
  readonly #open: ConnectOptions['open']
  readonly #files: FileEvents
  #waiting: ReceivedEvent[] = []
  /** Settles when every event so far has been answered; undefined when there is nothing to do. */
  #work: Promise<void> | undefined
  #caller: Caller | undefined
  /** What answers the command in progress, and the frame that it waits for. */
  #awaited: { type: ServerFrame['type']; room: string | undefined; answer(frame: SentFrame): void } | undefined
  #isFinishing = false
  #closedWith: number | undefined
  #isEnded = false
  /** What has to wait for the first frame, which says how everything stood before. */
  #held: SentFrame[] | undefined = []

  constructor(services: FileNeeds, { client, socket, session, limits, open, texts }: Given) {
    this.session = session
    this.id = socket.id
    this.network = client.network
    this.limits = limits
    this.output = new EngineOutput(client, socket.conn, services.hub.turn, new PacketCodec(texts, open.room))
    this.#services = services
    this.#socket = socket
    this.#client = client
    this.#open = open
    this.#files = new FileEvents(services, this, open.room)
    services.hub.add(this)
  }

  get user(): User {
    return this.session.user
  }

  get isGone(): boolean {
    return this.#isEnded
  }

  inRoom(room: string): () => boolean {
    const subscription = this.rooms.get(room)
    if (!subscription) throw new ChatError('not-in-room', 'Open the room first.')
    return () => this.rooms.get(room) === subscription
  }

  leave(room: string): void {
    this.#services.hub.leave(this, room)
  }

  /** The client knows that it is connected: it is greeted, and its room is opened. */
  begin(): void {
    this.#begin(() => this.#greet())
  }

  receive(event: ReceivedEvent): void {
    if (this.#isEnded || this.#isFinishing || this.#closedWith !== undefined) return
    if (event.name === 'file') return void this.#takeFile(event).catch((error) => this.fail(error))
    // It may wait for long, and nothing counts the bytes: no other event takes any.
    dropBytes(event)
    this.#waiting.push(event)
    if (this.#waiting.length >= maxWaiting) this.#client.pause()
    if (!this.#work) this.#begin()
  }

  reply(frame: SentFrame): void {
    if (this.#held && frame.type !== 'welcome' && frame.type !== 'bye') return void this.#held.push(frame)
    const held = this.#held
    this.#held = undefined
    this.#write(frame)
    for (const one of held ?? []) this.#write(one)
  }

  close(code: number, reason: string): void {
    if (this.#closedWith !== undefined || this.#isEnded) return
    this.#closedWith = code
    this.#waiting = []
    this.output.push(Buffer.from(eventPacket('close', JSON.stringify({ code, reason }))))
    this.output.flush()
    // The client comes back by itself after a lost transport, and not after it was disconnected.
    if (reconnectAfter(code) !== 'yes') this.#socket.disconnect(true)
    this.#client.end()
  }

  closeFlood(): void {
    if (this.#closedWith === undefined)
      this.#services.log.event('flood-closed', { address: this.#client.address, user: this.user.id })
    this.close(closeCodes.flood, 'Too many frames')
    this.#client.pause()
  }

  fail(error: unknown): void {
    if (error instanceof ReaderGone || this.#isEnded) return
    this.#services.log.event('connection-failed', { user: this.user.id, err: error })
    this.close(closeCodes.internal, 'Internal error')
  }

  async finish(): Promise<void> {
    this.#isFinishing = true
    this.#waiting = []
    this.output.abandon()
    await this.#work
  }

  /** @param isLost whether the client may come back: it did not say that it goes */
  async ended(isLost: boolean): Promise<void> {
    if (this.#isEnded) return
    this.#isEnded = true
    const { hub, lastSeen, reads, log } = this.#services
    hub.turn.backlog.remove(this.output)
    this.output.abandon()
    reads.leave(this)
    if (this.#caller) reads.leave(this.#caller)
    // What the client sent before it closed is answered first. A room that is opened by that is left again below.
    await this.#work
    hub.remove(this, isLost && !isFinalClose(this.#closedWith))
    lastSeen.closed(this.session)
    log.debug({ user: this.user.id, code: this.#closedWith }, 'disconnected')
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

  async #greet(): Promise<void> {
    try {
      await chatV1.greet(this.#services, this)
    } catch (error) {
      if (!(error instanceof ChatError) || !error.retryAfterMs) throw error
      this.reply({ type: 'bye', retryAfterMs: error.retryAfterMs })
      return this.close(closeCodes.restart, 'Come back later')
    }
    if (this.#closedWith !== undefined) return
    try {
      await this.#follow()
    } catch (error) {
      if (error instanceof ReaderGone) return
      if (!(error instanceof ChatError)) throw error
      this.reply(refusalOf(error, { command: 'open', room: this.#open.room }))
    }
  }

  /** As by the command `open`, but what follows `after` comes as entries. */
  async #follow(): Promise<void> {
    const { room, after } = this.#open
    if (after === undefined) return await handlers.open(this.#services, this, this.#open)
    const { subscription, isKnown } = await subscribeAfter(this.#services, this, this.#open)
    // The position is of another log: `opened` says so, and has the newest messages.
    if (!isKnown) return await handlers.open(this.#services, this, this.#open)
    subscription.room.follow(subscription, after)
    const { presence } = subscription.room
    if (subscription.isLive) this.reply({ type: 'list', room, data: presence.list(), online: presence.online })
  }

  /** Commands are carried out in the order in which they came, each after the one before it has been answered. */
  async #answerAll(): Promise<void> {
    for (let event = this.#waiting.shift(); event !== undefined; event = this.#waiting.shift()) {
      await this.#run(event)
      if (this.output.isFull || this.output.isBehind) await this.#makeRoom()
    }
    this.putOff = undefined
    this.#client.readOn()
  }

  /** A client that does not read its answers waits until it has read them, and one that asks for much does not delay the others. */
  async #makeRoom(): Promise<void> {
    this.output.flush()
    await setImmediate()
    if (!this.#isFinishing) await this.output.drained()
  }

  async #run(event: ReceivedEvent): Promise<void> {
    let isAnswered = false
    const answer = (frame: SentFrame) => {
      if (!event.ack || isAnswered) return this.reply(frame)
      isAnswered = true
      this.#acknowledge(event.ack, frame)
    }
    const refusal = await runCommand(
      this.#services,
      this,
      () => commandFrame(event, this.#open.room),
      (command) => this.#callerOf(command, answer),
    )
    this.#awaited = this.#caller = undefined
    if (this.#isEnded) return
    if (refusal) answer(refusal)
    // Nothing answers it: it is done.
    else if (!isAnswered) event.ack?.()
    if (refusal) this.#countRefusal(refusal)
  }

  async #takeFile(event: ReceivedEvent): Promise<void> {
    const answer = await this.#files.answer(event)
    if (this.#isEnded || this.#closedWith !== undefined) return
    if (event.ack) this.#acknowledge(event.ack, answer)
    else this.reply(answer)
    if (answer.type === 'error') this.#countRefusal(answer)
  }

  #countRefusal({ code }: Refusal): void {
    if (code !== 'internal' && this.limits.refusal()) this.closeFlood()
  }

  #callerOf(command: Command, answer: (frame: SentFrame) => void): Caller {
    const type = connectionAnswers[command.type]
    if (type) {
      this.#awaited = { type, room: 'room' in command ? command.room : undefined, answer }
      return this
    }
    this.#caller = new AcknowledgedCaller(this, (frame) => {
      // Ids count in each room: that of another one must not hide somebody's message here.
      const isTalk = frame.type === 'sent' && command.type === 'chat' && frame.room === this.#open.room
      if (isTalk) this.output.codec.expectOwn(frame.id)
      answer(frame)
    })
    return this.#caller
  }

  #write(frame: SentFrame): void {
    const awaited = this.#awaited
    if (awaited?.type === frame.type && (!('room' in frame) || frame.room === awaited.room)) {
      this.#awaited = undefined
      return awaited.answer(frame)
    }
    const packet = this.output.codec.write(frame)
    this.#count(packet.length)
    this.output.push(packet)
  }

  #acknowledge<Answer extends object>(ack: (answer: Answer) => void, frame: Answer): void {
    // In the order in which things happened.
    this.output.flush()
    ack(frame)
    const { length } = JSON.stringify(frame)
    this.#count(length)
    this.output.watch(length)
  }

  #count(bytes: number): void {
    if (this.limits.answered(bytes)) this.#services.limiter.hasRead(this.session, this.network, bytes)
  }
}
