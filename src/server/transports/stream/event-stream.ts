import type { ServerResponse } from 'node:http'
import { minuteMs, secondMs } from '../../../shared/durations.ts'
import type { Subscription } from '../../chat/contract.ts'
import { SocketOutputBuffer } from '../../chat/output-buffer.ts'
import type { Services } from '../../commands/contract.ts'
import { EventCodec, type FrameTexts } from './stream-codecs.ts'
import { StreamConnection, type StreamOrigin } from './stream-connection.ts'

/** Proxies close a response in which nothing moves for 30 s. */
export const heartbeatMs = 15 * secondMs
/** The other side of a stream says nothing: one that has gone without a word is noticed when it does not come back. */
const maxAgeMs = 10 * minuteMs
/** For a client to take what is left. */
const endMs = 3 * secondMs
const retryMs = 1_000

const comment = Buffer.from(':\n\n')
/** The states of a WebSocket, which the output buffer knows. */
const states = { open: 1, closing: 2 }

/** A response that goes on. It has no length and is not chunked: its end is that of the HTTP connection. */
export class EventStream extends StreamConnection {
  readonly transport = 'event-stream'
  readonly output: SocketOutputBuffer
  readyState = states.open
  readonly #response: ServerResponse
  readonly #beganAt = performance.now()
  #timer: NodeJS.Timeout | undefined

  constructor(services: Services, origin: StreamOrigin, response: ServerResponse, texts: FrameTexts) {
    super(services, origin)
    this.#response = response
    this.output = new SocketOutputBuffer(this, response, services.hub.turn, new EventCodec(this.positions, texts))
  }

  terminate(): void {
    this.#response.destroy()
  }

  protected override begin(): void {
    const response = this.#response
    response.statusCode = 200
    response.setHeader('Content-Type', 'text/event-stream')
    response.setHeader('X-Accel-Buffering', 'no')
    response.shouldKeepAlive = false
    response.useChunkedEncodingByDefault = false
    // Its first bytes show the client that nothing between holds them back.
    response.write(`retry: ${retryMs}\n\n`)
    this.#timer = setInterval(beat, heartbeatMs, this)
  }

  /** Tells a user who comes to a room who is there. */
  protected override followed({ room }: Subscription): void {
    const { presence } = room
    this.reply({ type: 'list', room: room.name, data: presence.list(), online: presence.online })
  }

  protected override end(): void {
    if (this.readyState !== states.open || !this.#response.headersSent) return
    this.output.flush()
    this.readyState = states.closing
    if (this.closedWith) this.#response.write(`event: closed\ndata: ${JSON.stringify(this.closedWith)}\n\n`)
    this.#response.end()
    setTimeout(() => this.terminate(), endMs).unref()
  }

  /** The response is closed. */
  ended(): void {
    clearInterval(this.#timer)
    this.readyState = states.closing
    this.services.hub.turn.backlog.remove(this.output)
    this.output.abandon()
    this.leaveAll()
  }

  beat(): void {
    // Nothing is lost: the client comes back with its cursor.
    if (performance.now() - this.#beganAt >= maxAgeMs) this.end()
    else if (!this.output.isBehind) this.output.push(comment)
  }
}

function beat(stream: EventStream): void {
  try {
    stream.beat()
  } catch (error) {
    stream.fail(error)
  }
}
