import type { Socket } from 'node:net'
import { WebSocket } from 'ws'
import { closeCodes } from '../../../shared/protocol/close-codes.ts'
import type { Connection } from '../../chat/contract.ts'
import type { ConnectionLimits } from '../../rate-limit/limiter.ts'
import type { FrameScanner } from './frame-scanner.ts'

/** The connection of a WebSocket, as its listeners call it. */
export interface SocketConnection extends Connection {
  /** One frame of the other side's. */
  receive(data: Buffer, isBinary: boolean): void
  /** The socket is closed. */
  ended(code: number): Promise<void>
}

/** What is known of whether the other side is alive. */
export interface Heartbeat {
  /** The raw socket that the upgrade came on. */
  readonly socket: Socket
  timer: NodeJS.Timeout | undefined
  readonly limits: ConnectionLimits
  missed: number
  /** Bytes that the other side has taken so far. */
  taken: number
}

/** A message that has begun and is not whole yet. Few connections have one at any time. */
export interface PartialMessage {
  readonly scanner: FrameScanner
  readonly timer: NodeJS.Timeout
}

/** Hears of messages that do not come in one piece. */
export interface PartialMessages {
  /** @param bytes that the message will have at least */
  grows(bytes: number): void
  /** It is whole, or the socket is closed. */
  ends(): void
}

/**
 * A WebSocket that carries what its listeners need, so that one function listens to all of them: closures of its own would
 * be a large part of what an idle connection holds.
 */
export class ChatSocket extends WebSocket {
  /** The client's address. */
  address = ''
  /** The network of that address, to which limits apply. */
  network = ''
  heartbeat: Heartbeat | undefined = undefined
  partialMessage: PartialMessage | undefined = undefined
  partialMessages: PartialMessages | undefined = undefined
  connection: SocketConnection | undefined = undefined
  /** Told of a fault of ours in what listens to this socket: to end it, and to write why into the log. */
  onFault: ((ws: ChatSocket, error: unknown) => void) | undefined = undefined

  get transport() {
    return 'websocket' as const
  }

  /** What one client sends must not end the server, whatever a listener makes of it. */
  override emit(event: string | symbol, ...args: unknown[]): boolean {
    try {
      return super.emit(event, ...args)
    } catch (error) {
      if (!this.onFault) throw error
      this.onFault(this, error)
      return true
    }
  }

  /**
   * Closes it because of too many frames, and reads nothing more: a flooding client would otherwise be read until it answers the
   * close. `ws` destroys the socket after `closeTimeout`.
   */
  closeFlood(): void {
    this.close(closeCodes.flood, 'Too many frames')
    this.pause()
  }

  /** Reads on after a `pause`, unless it is being closed. */
  readOn(): void {
    if (this.isPaused && this.readyState === WebSocket.OPEN) this.resume()
  }
}
