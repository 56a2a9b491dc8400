import { WebSocket } from 'ws'
import type { Connection } from './connection.ts'
import type { Heartbeat } from './heartbeat.ts'
import type { Unfinished } from './unfinished.ts'

/**
 * A WebSocket that carries what its listeners need, so that one function listens to all of them: closures of its own would
 * be a large part of what an idle connection holds.
 */
export class ChatSocket extends WebSocket {
  /** The client's address. */
  address = ''
  heartbeat: Heartbeat | undefined = undefined
  unfinished: Unfinished | undefined = undefined
  connection: Connection | undefined = undefined
}
