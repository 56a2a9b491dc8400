import { WebSocket } from 'ws'
import { closeCodes } from '../../../shared/protocol.ts'
import type { Connection } from '../../chat/connection.ts'
import type { Heartbeat } from './heartbeat.ts'
import type { Unfinished } from './message-deadline.ts'

/**
 * A WebSocket that carries what its listeners need, so that one function listens to all of them: closures of its own would
 * be a large part of what an idle connection holds.
 */
export class ChatSocket extends WebSocket {
  /** The client's address. */
  address = ''
  /** Of that address: what limits apply to. */
  network = ''
  heartbeat: Heartbeat | undefined = undefined
  unfinished: Unfinished | undefined = undefined
  connection: Connection | undefined = undefined

  /**
   * Closes it because of too many frames, and reads nothing more: whoever floods would otherwise be read until they answer the
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
