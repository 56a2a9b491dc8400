/** The packages of Socket.IO, with our settings. They are loaded when the first client comes: nothing pays for them before. */
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Server as Engine } from 'engine.io'
import type { Server } from 'socket.io'
import { type ServerOptions, WebSocketServer } from 'ws'
import { secondMs } from '../../../shared/durations.ts'
import { heartbeatMs, limits } from '../../../shared/protocol/limits.ts'
import type { ChatSocket } from '../websocket/chat-socket.ts'
import { setMessageDeadline } from '../websocket/message-deadline.ts'
import { answerNoHandshake, webSocketOptions } from '../websocket/options.ts'
import { maxFileBytes } from './file-limits.ts'

/** For the answer to a ping. The package's own. */
const pongMs = 20 * secondMs
/** For a client to say who it is. */
const connectMs = 10 * secondMs

export interface EngineOptions {
  pingInterval: number
  pingTimeout: number
  /** What a client is told: the most bytes that it puts into one request of polls, unless a single packet has more. */
  maxHttpBufferSize: number
  /** How long a client may take to join the namespace. */
  connectTimeout: number
}

/** A poll lasts as long as a ping may take to come: less than the 30 s after which we and proxies give up on a request. */
export const engineOptions: EngineOptions = {
  pingInterval: heartbeatMs,
  pingTimeout: pongMs,
  maxHttpBufferSize: limits.maxFrameBytes,
  connectTimeout: connectMs,
}

export interface LoadedEngine {
  engine: Engine
  io: Server
}

type OnWebSocket = (ws: ChatSocket, request: IncomingMessage, socket: Socket) => void

/** @param onWebSocket hears of each WebSocket before the engine does */
export async function loadEngine(options: EngineOptions, onWebSocket: OnWebSocket): Promise<LoadedEngine> {
  const [engineIo, socketIo] = await Promise.all([import('engine.io'), import('socket.io')])
  const { connectTimeout, ...engineSettings } = options
  const engine = new engineIo.Server({
    ...engineSettings,
    transports: ['polling', 'websocket'],
    perMessageDeflate: false,
    httpCompression: false,
    allowEIO3: false,
    wsEngine: webSocketServerFor(onWebSocket),
  })
  // Without recovery: our own log knows what a client has missed, for longer than a server remembers.
  const io = new socketIo.Server({ serveClient: false, connectTimeout })
  return { engine, io }
}

/** The engine makes its WebSockets with this: they have the limits of our own. */
function webSocketServerFor(onWebSocket: OnWebSocket) {
  return class EngineWebSockets extends WebSocketServer<typeof ChatSocket> {
    constructor(_: ServerOptions) {
      // Bytes may be longer than texts, whose length is looked at when they have come.
      super({ ...webSocketOptions, maxPayload: maxFileBytes })
      this.on('wsClientError', answerNoHandshake)
    }

    override handleUpgrade(
      request: IncomingMessage,
      socket: Duplex,
      head: Buffer,
      take: (ws: ChatSocket, request: IncomingMessage) => void,
    ): void {
      super.handleUpgrade(request, socket, head, (ws) => {
        setMessageDeadline(ws, socket as Socket)
        onWebSocket(ws, request, socket as Socket)
        take(ws, request)
      })
    }
  }
}
