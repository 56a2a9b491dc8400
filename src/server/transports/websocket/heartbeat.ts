import type { Socket } from 'node:net'
import type { WebSocket } from 'ws'
import { closeCodes } from '../../../shared/protocol/close-codes.ts'
import { heartbeatMs } from '../../../shared/protocol/limits.ts'
import type { ConnectionLimits } from '../../rate-limit/limiter.ts'
import type { ChatSocket } from './chat-socket.ts'

const maxMissed = 2

/**
 * Pings the other side as long as the socket is open, and closes it when nothing comes back; answers its pings. Who reads
 * slowly is alive as long as it reads: pings wait behind what was written before them.
 */
export function keepAlive(ws: ChatSocket, socket: Socket, limits: ConnectionLimits): void {
  answerPings(ws, socket, limits)
  if (ws.heartbeat) ws.heartbeat.timer = setInterval(beat, heartbeatMs, ws)
  ws.on('message', heard).on('close', stop)
}

/** Answers the pings of the other side, within its limits, and counts its pongs. */
export function answerPings(ws: ChatSocket, socket: Socket, limits: ConnectionLimits): void {
  ws.heartbeat = { socket, timer: undefined, limits, missed: 0, taken: 0 }
  ws.on('pong', takeAnswer).on('ping', answer)
}

function beat(ws: ChatSocket): void {
  const { heartbeat } = ws
  if (!heartbeat) return
  const { socket, taken } = heartbeat
  heartbeat.taken = socket.bytesWritten - socket.writableLength
  if (socket.writableLength > 0 && heartbeat.taken > taken) heartbeat.missed = 0
  if (heartbeat.missed >= maxMissed) return ws.close(closeCodes.unresponsive, 'No answer')
  heartbeat.missed++
  ws.ping()
}

// Listeners are called with the socket that they were added to, which was a ChatSocket.

function heard(this: WebSocket): void {
  const { heartbeat } = this as ChatSocket
  if (heartbeat) heartbeat.missed = 0
}

function takeAnswer(this: WebSocket): void {
  heard.call(this)
  // One that nobody asked for costs as much as one that was.
  isTooFast(this)
}

/** Answering every ping of a client that does not read would let its output buffer grow without end. */
function answer(this: WebSocket, data: Buffer): void {
  if (!isTooFast(this) && this.bufferedAmount === 0) this.pong(data)
}

/** Pings and pongs count like commands; of far too many the first that is refused is the last. */
function isTooFast(ws: WebSocket): boolean {
  const { heartbeat } = ws as ChatSocket
  if (!heartbeat?.limits.command()) return false
  if (heartbeat.limits.refusal()) (ws as ChatSocket).closeFlood()
  return true
}

function stop(this: WebSocket): void {
  clearInterval((this as ChatSocket).heartbeat?.timer)
}
