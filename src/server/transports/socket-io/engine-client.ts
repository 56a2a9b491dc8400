import { setTimeout as pause } from 'node:timers/promises'
import type { Socket as EngineSocket } from 'engine.io'
import { secondMs } from '../../../shared/durations.ts'
import { closeCodes } from '../../../shared/protocol/close-codes.ts'
import type { Session } from '../../auth/sessions.ts'
import type { Connection } from '../../chat/contract.ts'
import type { ConnectionLimits } from '../../rate-limit/limiter.ts'
import { networkOf } from '../../rate-limit/network.ts'
import { tooOften } from '../connection-refusals.ts'
import type { OpenConnection } from '../open-connections.ts'
import type { ChatSocket } from '../websocket/chat-socket.ts'
import type { ReceivedEvent } from './events.ts'
import { tooLargeMessage } from './file-limits.ts'
import { limitPayloads } from './payload.ts'

/** For a client to take what is left. */
const closeMs = 3 * secondMs
/** A client has a request for what comes and one with what it sends, and perhaps another of each that was cut. */
const maxWaiting = 4
/** One that has taken the place of the polls, and one that the engine closes because of it. */
const maxUpgrades = 2

export interface ClientConnection extends Connection {
  readonly limits: ConnectionLimits
  /** The client knows that it is connected. */
  begin(): void
  receive(event: ReceivedEvent): void
  closeFlood(): void
  /** @param isLost whether the client may come back: it did not say that it goes */
  ended(isLost: boolean): Promise<void>
}

interface Limits {
  commands: ConnectionLimits
  /** Polls, and what is posted. */
  requests: ConnectionLimits
}

/** What a client of Socket.IO has open, from its first request on, over whichever transport. */
export class EngineClient implements OpenConnection {
  readonly transport = 'socket-io'
  readonly address: string
  readonly network: string
  /** Session of the cookie or the token of the first request. */
  readonly session: Session | undefined
  /** Undefined until the client has said who it is. */
  connection: ClientConnection | undefined = undefined
  /** Until its user is known, those of its network. */
  limits: ConnectionLimits
  #engineSocket: EngineSocket | undefined
  readonly #requests: ConnectionLimits
  #isConnecting = false
  /** WebSockets that try to take the place of polls, or have taken it. */
  #upgrades = 0
  /** Requests that wait for their turn. */
  #waiting = 0
  #pause: PromiseWithResolvers<void> | undefined

  constructor(address: string, session: Session | undefined, { commands, requests }: Limits) {
    this.address = address
    this.network = networkOf(address)
    this.session = session
    this.limits = commands
    this.#requests = requests
  }

  /** The engine has taken the client. */
  take(engineSocket: EngineSocket): void {
    this.#engineSocket = engineSocket
    // A client that is closed between two polls is waited for as long as others.
    if (engineSocket.transport.name === 'polling') {
      Object.assign(engineSocket.transport, { closeTimeout: closeMs })
      limitPayloads(engineSocket.transport, () => this.close(closeCodes.tooLarge, tooLargeMessage))
    }
    engineSocket.once('close', () => this.readOn())
  }

  /** Says yes once: a client has one connection here. */
  mayConnect(): boolean {
    const isFirst = !this.#isConnecting
    this.#isConnecting = true
    return isFirst
  }

  /** Its user is known. */
  connect(connection: ClientConnection): void {
    this.connection = connection
    this.limits = connection.limits
  }

  get isTaken(): boolean {
    return this.#engineSocket !== undefined
  }

  get isOpen(): boolean {
    return this.#engineSocket?.readyState === 'open'
  }

  /** Whether a WebSocket may try to take the place of its polls. The engine closes one that comes after another. */
  mayUpgrade(): boolean {
    if (!this.isOpen || this.#upgrades >= maxUpgrades || this.#requests.command()) return false
    this.#upgrades++
    return true
  }

  /** The WebSocket that tried is closed. */
  upgradeEnded(): void {
    this.#upgrades--
  }

  close(code: number, reason: string): void {
    if (this.connection) this.connection.close(code, reason)
    else this.end()
  }

  closeFlood(): void {
    if (this.connection) this.connection.closeFlood()
    else this.terminate()
  }

  /** Sends what there is, and closes. */
  end(): void {
    this.#engineSocket?.close()
    setTimeout(() => this.terminate(), closeMs).unref()
  }

  terminate(): void {
    const socket = this.#engineSocket
    if (!socket || socket.readyState === 'closed') return
    socket.close(true)
    this.#webSocket?.terminate()
  }

  /** Reads nothing more for a while: neither from the WebSocket nor from further requests. */
  pause(): void {
    this.#pause ??= Promise.withResolvers()
    this.#webSocket?.pause()
  }

  readOn(): void {
    this.#pause?.resolve()
    this.#pause = undefined
    this.#webSocket?.readOn()
  }

  /**
   * Resolves when it is the turn of a further request.
   * @param isRead whether it brings something @param hasGone whether nobody waits for its answer any more
   * @throws ChatError `too-fast` for more at once than a client makes
   */
  async mayRequest(isRead: boolean, hasGone: () => boolean): Promise<void> {
    if (this.#waiting >= maxWaiting) throw tooOften(secondMs)
    this.#waiting++
    try {
      // A client waits for each answer, and so slows down by itself.
      for (let ms = this.#requests.command(); ms && !hasGone(); ms = this.#requests.command()) await pause(ms)
      if (isRead && !hasGone()) await this.#pause?.promise
    } finally {
      this.#waiting--
    }
  }

  get #webSocket(): ChatSocket | undefined {
    return webSocketOf(this.#engineSocket)
  }
}

/** The WebSocket under an engine's socket; undefined while it polls. */
export function webSocketOf(engineSocket: EngineSocket | undefined): ChatSocket | undefined {
  const transport = engineSocket?.transport as { socket?: ChatSocket } | undefined
  return transport?.socket
}
