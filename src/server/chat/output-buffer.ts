/** Frames on their way out: encoded once, written once to each connection for each turn of the event loop. */
import type { Writable } from 'node:stream'
import { setImmediate } from 'node:timers'
import { WebSocket } from 'ws'
import type { User } from '../../shared/protocol/types.ts'
import type { Backlog, SlowReader } from './backlog.ts'
import type { Codec, OutputBuffer } from './contract.ts'

/** Unsent bytes past which a connection gets no more room entries until its socket has drained. */
const backlogBytes = 256 * 1024
/** Frames that are together no larger than this are copied into one; larger ones go to the kernel from where they are. */
const copiedBytes = 4 * 1024
/** What one who catches up is given at once. */
const writeBytes = 64 * 1024

/** A finished WebSocket frame: text, whole, unmasked, uncompressed (RFC 6455, 5.2). */
export function encodeFrame(text: string): Buffer {
  const length = Buffer.byteLength(text)
  const headerLength = length < 126 ? 2 : length < 65_536 ? 4 : 10
  const frame = Buffer.allocUnsafe(headerLength + length)
  frame[0] = 0x81
  if (headerLength === 2) {
    frame[1] = length
  } else if (headerLength === 4) {
    frame[1] = 126
    frame.writeUInt16BE(length, 2)
  } else {
    frame[1] = 127
    frame.writeBigUInt64BE(BigInt(length), 2)
  }
  frame.write(text, headerLength)
  return frame
}

interface Flushable {
  flush(): void
}

/** Where the bytes go: the socket that an upgrade came on, or the response of a request. */
export type Outlet = Pick<Writable, 'write' | 'cork' | 'uncork' | 'writableLength' | 'destroyed' | 'on' | 'off'>

/** The WebSocket or stream whose frames the output buffer writes. */
export interface OutgoingSocket {
  readonly readyState: number
  /** The client's address. */
  readonly address: string
  /** Undefined until its user is known. */
  readonly connection?: { readonly user: User } | undefined
  terminate(): void
}

/** An output buffer whose unsent bytes count among those of all connections. */
export interface CountedOutput extends SlowReader {
  readonly ws: Pick<OutgoingSocket, 'address' | 'connection' | 'terminate'>
}

/**
 * The end of this turn of the event loop: first every room hands what is new to its members, then every connection
 * writes all that it was given at once. A quiet room is thereby flushed immediately, and a busy one batches by itself.
 */
export class EndOfTurn {
  /** What all output buffers have unsent. */
  readonly backlog: Backlog<CountedOutput>
  #rooms: Flushable[] = []
  #outputs: Flushable[] = []
  #isScheduled = false

  constructor(backlog: Backlog<CountedOutput>) {
    this.backlog = backlog
  }

  flushRoom(room: Flushable): void {
    this.#rooms.push(room)
    this.#schedule()
  }

  flushOutput(output: Flushable): void {
    this.#outputs.push(output)
    this.#schedule()
  }

  #schedule(): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    setImmediate(() => {
      // Rooms fill output buffers; those are emptied in this same turn.
      for (const room of this.#rooms.splice(0)) room.flush()
      for (const output of this.#outputs.splice(0)) output.flush()
      this.#isScheduled = false
    })
  }
}

/**
 * One connection's way out. For a WebSocket it writes to the socket that the upgrade came on, past `ws`: only whole frames go
 * this way, so they may stand between those that `ws` writes itself.
 */
export class SocketOutputBuffer<Wire extends Codec = Codec> implements OutputBuffer, CountedOutput {
  readonly codec: Wire
  readonly ws: OutgoingSocket
  readonly #socket: Outlet
  readonly #turn: EndOfTurn
  /** Mostly there is one frame, and an array for it would be most of the work. */
  #first: Buffer | undefined
  #further: Buffer[] | undefined
  #bytes = 0
  #drained: PromiseWithResolvers<void> | undefined

  constructor(ws: OutgoingSocket, socket: Outlet, turn: EndOfTurn, codec: Wire) {
    this.codec = codec
    this.ws = ws
    this.#socket = socket
    this.#turn = turn
  }

  push(frame: Buffer): void {
    this.#bytes += frame.length
    if (!this.#first) {
      this.#first = frame
      this.#turn.flushOutput(this)
    } else {
      this.#further ??= []
      this.#further.push(frame)
    }
  }

  /** One write to the kernel, however many frames. */
  flush(): void {
    const [first, further, bytes] = [this.#first, this.#further, this.#bytes]
    if (!first) return
    this.#first = this.#further = undefined
    this.#bytes = 0
    // Not after a close frame.
    if (this.ws.readyState !== WebSocket.OPEN) return
    if (!further) this.#socket.write(first)
    else if (bytes <= copiedBytes) this.#socket.write(Buffer.concat([first, ...further], bytes))
    else this.#writeEach([first, ...further])
    const unsent = this.#socket.writableLength
    // Mostly the kernel has taken all of it.
    if (unsent) this.#turn.backlog.add(this, bytes)
    if (unsent > backlogBytes) this.#waitForDrain()
  }

  get unsent(): number {
    return this.#socket.destroyed ? 0 : this.#socket.writableLength
  }

  drop(): void {
    this.ws.terminate()
  }

  #writeEach(frames: Buffer[]): void {
    this.#socket.cork()
    for (const frame of frames) this.#socket.write(frame)
    this.#socket.uncork()
  }

  /** Whether there is enough for one write; only what is flushed shows whether the other side reads it. */
  get isFull(): boolean {
    return this.#bytes >= writeBytes
  }

  /** Whether the other side reads too slowly to be given more now. */
  get isBehind(): boolean {
    return this.#drained !== undefined
  }

  /** Resolves when more may be given: at once unless the output buffer is behind. Resolves too when the socket closes. */
  async drained(): Promise<void> {
    await this.#drained?.promise
  }

  /** Resolves `drained` though the other side has not read. */
  abandon(): void {
    this.#drained?.resolve()
  }

  #waitForDrain(): void {
    if (this.#drained) return
    const drained = Promise.withResolvers<void>()
    this.#drained = drained
    this.#socket.on('drain', drained.resolve).on('close', drained.resolve)
    void drained.promise.then(() => {
      this.#socket.off('drain', drained.resolve).off('close', drained.resolve)
      this.#drained = undefined
    })
  }
}
