import type { Socket } from 'node:net'
import { WebSocket } from 'ws'
import { closeCodes } from '../../../shared/protocol/close-codes.ts'
import type { ChatSocket } from './chat-socket.ts'
import { FrameScanner } from './frame-scanner.ts'

/** From the first bytes of a message to its last. */
export const maxMessageMs = 5_000
/** RFC 6455, 7.4.1. */
const invalidPayload = 1007

/** The raw socket that an upgrade came on, by which its listeners find the WebSocket. */
interface Carrier extends Socket {
  carried?: ChatSocket
}

/**
 * Closes the socket when a message takes too long to come, or turns out to be no text before it is whole. What has come
 * of it is held in memory, and `ws` waits for the rest as long as the connection lives.
 */
export function setMessageDeadline(ws: ChatSocket, socket: Socket): void {
  const carrier: Carrier = socket
  carrier.carried = ws
  // Before `ws`, which takes the mask off the bytes where they are.
  socket.prependListener('data', follow)
  ws.on('close', stop)
}

function follow(this: Carrier, chunk: Buffer): void {
  const ws = this.carried
  if (ws?.readyState !== WebSocket.OPEN) return
  const scanner = ws.partialMessage?.scanner ?? new FrameScanner()
  const { whole } = scanner
  scanner.read(chunk)
  // If a header is bad, `ws` closes with the code for that before then.
  if (scanner.isBroken) return void setImmediate(refuse, ws)
  if (scanner.isBetweenMessages || scanner.whole > whole) stop.call(ws)
  if (scanner.isBetweenMessages) return
  ws.partialMessage ??= { scanner, timer: setTimeout(giveUp, maxMessageMs, ws) }
  ws.partialMessages?.grows(scanner.messageBytes)
}

function refuse(ws: ChatSocket): void {
  ws.close(invalidPayload, 'Invalid UTF-8')
}

function giveUp(ws: ChatSocket): void {
  // A client that is not being read cannot finish.
  if (ws.isPaused) ws.partialMessage?.timer.refresh()
  else ws.close(closeCodes.unresponsive, 'A message took too long')
}

function stop(this: WebSocket): void {
  const ws = this as ChatSocket
  clearTimeout(ws.partialMessage?.timer)
  ws.partialMessage = undefined
  ws.partialMessages?.ends()
}
