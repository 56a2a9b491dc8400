/** What carries the frames of a client: each transport of the server. */
import { io } from 'socket.io-client'
import WebSocket from 'ws'
import { createHttp } from '../../../clients/js/src/http-transport.ts'

export interface CarrierNeeds {
  /** `http://…` */
  origin: string
  /** Its name has the port of the origin. */
  cookie: string
  /** How long a connection may take to open. */
  connectMs: number
}

/** After `closed`, and after the carrier was dropped, nothing is called any more. */
export interface CarrierEvents {
  opened(): void
  heard(data: Buffer): void
  closed(code: number): void
}

export interface SentFrame {
  type: string
  [field: string]: unknown
}

export interface Carrier {
  send(frame: SentFrame): void
  /** Ends the connection without a word. */
  drop(): void
  /** Stops to read. Requests have no such thing. */
  pause?(): void
  resume?(): void
}

export type Carry = (needs: CarrierNeeds, events: CarrierEvents) => Carrier

const lost = 1006

export const webSocket: Carry = ({ origin, cookie, connectMs }, { opened, heard, closed }) => {
  const socket = new WebSocket(`${origin.replace('http', 'ws')}/ws/chat`, ['chat.v1'], {
    headers: { cookie },
    perMessageDeflate: false,
    handshakeTimeout: connectMs,
    skipUTF8Validation: true,
  })
  socket.on('open', opened)
  socket.on('message', (data) => heard(data as Buffer))
  socket.on('close', closed)
  // What goes wrong ends in a close.
  socket.on('error', () => {})
  return {
    send: (frame) => socket.send(JSON.stringify(frame)),
    drop() {
      socket.removeAllListeners().on('error', () => {})
      socket.terminate()
    },
    pause: () => socket.pause(),
    resume: () => socket.resume(),
  }
}

const overHttp =
  (streamsFrom: number): Carry =>
  ({ origin, cookie }, { opened, heard, closed }) => {
    const server = { origin, headers: { cookie }, isSocketBetter: false }
    // Its own: a stream that did not begin makes no polls of the streams of others, nor of those of later connections.
    const path = { streamsFrom }
    const transport = createHttp(server, path)({ opened, received: (text) => heard(Buffer.from(String(text))), closed })
    return { send: (frame) => transport.send(JSON.stringify(frame)), drop: () => transport.drop() }
  }

const socketIo =
  (transport: 'websocket' | 'polling'): Carry =>
  ({ origin, cookie, connectMs }, { opened, heard, closed }) => {
    const socket = io(origin, {
      extraHeaders: { cookie },
      transports: [transport],
      forceNew: true,
      reconnection: false,
      timeout: connectMs,
    })
    let code = lost
    socket.onAny((event: string, frame: { code?: number }) => {
      if (event === 'talk') return
      if (event === 'close') {
        code = frame.code ?? lost
        return
      }
      if (event === 'welcome') opened()
      heard(Buffer.from(JSON.stringify(frame)))
    })
    socket.on('connect_error', () => closed(lost))
    socket.on('disconnect', () => closed(code))
    return {
      send({ type, ...fields }) {
        socket.emit(type, fields)
      },
      drop() {
        socket.offAny().off('connect_error').off('disconnect')
        socket.io.engine.close()
      },
    }
  }

/** Each transport, by its name in the notes. */
export const carriers: Readonly<Record<string, Carry>> = {
  WebSocket: webSocket,
  'event stream': overHttp(0),
  'long poll': overHttp(Number.POSITIVE_INFINITY),
  'Socket.IO': socketIo('websocket'),
  'Socket.IO, polling': socketIo('polling'),
}
