import type { Duplex } from 'node:stream'
import { limits } from '../../../shared/protocol/limits.ts'
import { answerPlainly } from '../../http/plain-response.ts'
import { ChatSocket } from './chat-socket.ts'

/** Stated, not inherited: defaults have changed under people before. */
export const webSocketOptions = {
  noServer: true,
  WebSocket: ChatSocket,
  clientTracking: false,
  perMessageDeflate: false,
  maxPayload: limits.maxFrameBytes,
  maxFragments: 32,
  // A message may come byte by byte; this is more than people write, and bounds what one connection can hold.
  maxBufferedChunks: 4_096,
  skipUTF8Validation: false,
  autoPong: false,
  closeTimeout: 3_000,
}

/** Answers what is no handshake (RFC 6455, 4.2.1) with the version that would be one. */
export function answerNoHandshake(error: Error, socket: Duplex): void {
  answerPlainly(socket, 400, `${error.message}.`, { 'Sec-WebSocket-Version': '13' })
}
