/** From events of Socket.IO to the chat: who connects, and what is no chat. */
import type { Socket as EngineSocket } from 'engine.io'
import type { Socket } from 'socket.io'
import { closeCodes } from '../../../shared/protocol/close-codes.ts'
import { ChatError } from '../../../shared/protocol/errors.ts'
import { limits } from '../../../shared/protocol/limits.ts'
import type { Callers } from '../../auth/callers.ts'
import type { Session } from '../../auth/sessions.ts'
import { keyOf } from '../../rate-limit/user-key.ts'
import { connectionRefusals, tooOften } from '../connection-refusals.ts'
import type { OpenConnections } from '../open-connections.ts'
import { FrameTexts } from '../stream/stream-codecs.ts'
import { Attachments } from './attachments.ts'
import { readConnectOptions } from './connect-options.ts'
import { engineOptions, type LoadedEngine } from './engine.ts'
import type { ClientConnection, EngineClient } from './engine-client.ts'
import { receivedEvent } from './events.ts'
import type { FileNeeds } from './file-events.ts'
import { tooLargeMessage } from './file-limits.ts'
import { failureOf, guarded } from './guard.ts'
import { SocketIoConnection } from './socket-io-connection.ts'

/** How often one client may ask to be connected to a namespace: there is one. */
const maxConnects = 3
const internalError = new ChatError('internal', 'Something went wrong here. Try again.')

interface BridgeNeeds extends FileNeeds {
  callers: Callers
  open: OpenConnections
}

export class ChatBridge {
  readonly options = engineOptions
  readonly #needs: BridgeNeeds
  readonly #texts = new FrameTexts()

  constructor(needs: BridgeNeeds) {
    this.#needs = needs
  }

  begin({ engine, io }: LoadedEngine, clientOf: (engineSocket: EngineSocket) => EngineClient): void {
    io.use((socket, next) => {
      this.#connect(socket, clientOf(socket.conn)).then(
        () => next(),
        (error) => {
          next(this.#refusalFor(error))
          // Once it is told.
          setImmediate(() => clientOf(socket.conn).end())
        },
      )
    })
    io.on('connection', (socket) => {
      const client = clientOf(socket.conn)
      if (client.connection) this.#listen(socket, client, client.connection)
    })
    io.bind(engine)
  }

  /** The package calls these later than it hears of their packets: each has a guard of its own. */
  #listen(socket: Socket, client: EngineClient, connection: ClientConnection): void {
    const fail = failureOf(client, this.#needs.log)
    const ended = guarded(fail, (isLost: boolean) => connection.ended(isLost))
    // The package tells of what is no packet, and closes. A client may emit an event of that name, but no Error.
    const refuse = (error: unknown) => {
      if (error instanceof Error) connection.close(closeCodes.unsupportedData, 'This is no packet of Socket.IO')
    }
    socket.on('error', guarded(fail, refuse))
    socket.onAny(guarded(fail, (name: string, ...args: unknown[]) => connection.receive(receivedEvent(name, args))))
    socket.on('disconnect', (reason) => {
      // After the events that came before: the package hands them on a little later.
      process.nextTick(ended, reason !== 'client namespace disconnect')
      // There is nothing else that it could be connected to.
      client.end()
    })
    guarded(fail, () => connection.begin())()
  }

  /** Sees each packet before the package does. */
  watch(engineSocket: EngineSocket, client: EngineClient): void {
    let connects = 0
    let probes = 0
    const attachments = new Attachments(this.#needs.held, client)
    engineSocket.on('packet', ({ type, data }: { type: string; data?: unknown }) => {
      if (type === 'message' && attachments.take(data)) return
      const kind = type === 'message' ? kindOf(data) : undefined
      if (kind === 'too large') return client.close(closeCodes.tooLarge, tooLargeMessage)
      if (kind === 'event') return
      if (kind === 'connect' && ++connects > maxConnects) return client.terminate()
      // Everything else costs as much as a command, and nothing answers it.
      if (client.limits.command() && client.limits.refusal()) client.closeFlood()
    })
    engineSocket.on('upgrading', () => {
      if (++probes > maxConnects) client.terminate()
    })
    engineSocket.on('close', () => {
      attachments.end()
      const ended = guarded(failureOf(client, this.#needs.log), () => client.connection?.ended(true))
      process.nextTick(ended)
    })
  }

  async #connect(socket: Socket, client: EngineClient): Promise<void> {
    if (!client.mayConnect()) throw new ChatError('forbidden', 'This connection is in use.')
    const { callers, limiter } = this.#needs
    const { token, open } = readConnectOptions(socket.handshake.auth)
    const session = await (token === undefined ? callers.find(socket.request) : callers.findByToken(token))
    if (!session) throw new ChatError('forbidden', 'Sign in first. A bot sends its token as auth.token.')
    // Nothing is awaited from here until it is counted.
    this.#refuseUnlessFree(client, session)
    if (!client.isOpen) throw new ChatError('unavailable', 'The connection was closed.')
    const given = { client, socket, session, limits: limiter.forConnection(keyOf(session)), open, texts: this.#texts }
    client.connect(new SocketIoConnection(this.#needs, given))
  }

  #refuseUnlessFree(client: EngineClient, session: Session): void {
    const { open, limiter, log } = this.#needs
    const retryAfterMs = limiter.connect(session)
    if (retryAfterMs) throw tooOften(retryAfterMs)
    const reason = open.isStopping
      ? 'stopping'
      : (open.refusalOf(client.address, session) ?? open.addAgain(client, session))
    if (!reason) return
    log.event('socket-io-refused', { reason, address: client.address, user: session.user.id })
    throw connectionRefusals[reason]()
  }

  /** What the client reads as `connect_error`. */
  #refusalFor(error: unknown): Error {
    if (!(error instanceof ChatError)) this.#needs.log.event('connection-failed', { err: error })
    const { code, message, retryAfterMs } = error instanceof ChatError ? error : internalError
    return Object.assign(new Error(message), {
      data: { type: 'error', code, message, ...(retryAfterMs && { retryAfterMs }) },
    })
  }
}

/** What a packet is, by its first character (socket.io-protocol 5, "Packet encoding"). */
function kindOf(data: unknown): 'event' | 'connect' | 'too large' | undefined {
  if (typeof data !== 'string') return undefined
  // The engine has taken a character off.
  if (Buffer.byteLength(data) >= limits.maxFrameBytes) return 'too large'
  if (data.startsWith('2')) return 'event'
  return data.startsWith('0') ? 'connect' : undefined
}
