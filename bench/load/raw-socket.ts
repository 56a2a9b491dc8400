/** One client's line: raw TCP and as little work as can be, so that the load is not what is measured. */
import { connect, type Socket } from 'node:net'
import { maskedFrame } from './frames.ts'

/** What a line does with a text frame whose payload lies between `start` and `end`; the bytes are overwritten later. */
export type OnText = (bytes: Buffer, start: number, end: number) => void

export interface LineOptions {
  port: number
  path: string
  cookie?: string | undefined
  protocol?: string | undefined
  /** A name that fills in for 127.0.0.1, so that source ports are not used up. */
  localAddress?: string
}

const chunkBytes = 256 * 1024
/** All sockets read into the same memory: what is in it has been dealt with when the next one reads. */
const chunk = Buffer.allocUnsafe(chunkBytes)
const endOfHead = Buffer.from('\r\n\r\n')

export class RawSocket {
  onText: OnText = () => {}
  onClose: (reason: string) => void = () => {}
  readonly #socket: Socket
  readonly #open = Promise.withResolvers<void>()
  #isUpgraded = false
  #isEnding = false
  /** The beginning of a frame whose rest has not come yet. */
  #rest: Buffer | undefined
  #restLength = 0

  constructor({ port, path, cookie, protocol, localAddress }: LineOptions) {
    this.#socket = connect({
      port,
      host: '127.0.0.1',
      noDelay: true,
      ...(localAddress && { localAddress }),
      onread: {
        buffer: chunk,
        callback: (length) => {
          this.#read(length)
          return true
        },
      },
    })
    this.#socket.on('error', (error) => this.#closed(error.message))
    this.#socket.on('close', () => this.#closed('closed'))
    this.#socket.write(
      [
        `GET ${path} HTTP/1.1`,
        `Host: 127.0.0.1:${port}`,
        'Connection: Upgrade',
        'Upgrade: websocket',
        'Sec-WebSocket-Version: 13',
        'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
        ...(protocol ? [`Sec-WebSocket-Protocol: ${protocol}`] : []),
        ...(cookie ? [`Cookie: ${cookie}`] : []),
        '\r\n',
      ].join('\r\n'),
    )
  }

  /** Resolves when the line is a WebSocket. */
  get opened(): Promise<void> {
    return this.#open.promise
  }

  /** @param frame masked; not to be changed before it has left */
  write(frame: Buffer): void {
    this.#socket.write(frame)
  }

  say(text: string): void {
    this.#socket.write(maskedFrame(text))
  }

  /** Leaves without a word. */
  destroy(): void {
    this.#isEnding = true
    this.#socket.destroy()
  }

  #closed(reason: string): void {
    if (this.#isEnding) return
    this.#isEnding = true
    this.#open.reject(new Error(reason))
    this.onClose(reason)
  }

  #read(length: number): void {
    let at = 0
    if (!this.#isUpgraded) {
      at = this.#readHead(length)
      if (at === 0) return
    }
    if (this.#rest) at = this.#completeRest(at, length)
    while (at < length) {
      const end = frameEnd(chunk, at, length)
      if (end > length) return this.#keep(at, length, end - at)
      this.#frame(chunk, at, end)
      at = end
    }
  }

  /** @returns where the frames begin; 0 when there is no whole head. An answer to a handshake comes in one piece. */
  #readHead(length: number): number {
    const end = chunk.subarray(0, length).indexOf(endOfHead)
    const status = chunk.toString('latin1', 0, Math.min(length, 12))
    if (end === -1 || !status.endsWith(' 101')) {
      this.#closed(`refused: ${chunk.toString('latin1', 0, Math.min(length, 80))}`)
      this.destroy()
      return 0
    }
    this.#isUpgraded = true
    this.#open.resolve()
    return end + endOfHead.length
  }

  #keep(at: number, length: number, frameLength: number): void {
    // Of a frame whose length is not known yet there are at most the ten bytes of its header.
    this.#rest = Buffer.allocUnsafe(Number.isFinite(frameLength) ? frameLength : 16)
    this.#restLength = chunk.copy(this.#rest, 0, at, length)
  }

  /** Adds what is missing to the frame that was begun. @returns where the next one begins */
  #completeRest(at: number, length: number): number {
    let rest = this.#rest as Buffer
    let from = at
    // Byte by byte until the header is whole: it is at most ten.
    while (frameEnd(rest, 0, this.#restLength) === Number.POSITIVE_INFINITY) {
      if (from === length) return length
      rest[this.#restLength++] = chunk[from++] as number
    }
    const end = frameEnd(rest, 0, this.#restLength)
    if (end > rest.length) {
      const larger = Buffer.allocUnsafe(end)
      rest.copy(larger, 0, 0, this.#restLength)
      this.#rest = larger
      rest = larger
    }
    const missing = Math.min(end - this.#restLength, length - from)
    chunk.copy(rest, this.#restLength, from, from + missing)
    this.#restLength += missing
    if (this.#restLength < end) return length
    this.#rest = undefined
    this.#frame(rest, 0, end)
    return from + missing
  }

  #frame(bytes: Buffer, at: number, end: number): void {
    const kind = bytes[at]
    if (kind === 0x81) this.onText(bytes, at + headerLength(bytes[at + 1] as number), end)
    else if (kind === 0x89) this.#socket.write(maskedFrame(bytes.subarray(at + 2, end), 10))
    else if (kind === 0x88) this.#closed(`close ${bytes.readUInt16BE(at + 2)}`)
    else throw new Error(`A frame begins with ${kind}.`)
  }
}

function headerLength(second: number): number {
  return second < 126 ? 2 : second === 126 ? 4 : 10
}

/** Where the frame at `at` ends; infinity while its header is not whole. */
function frameEnd(bytes: Buffer, at: number, length: number): number {
  if (at + 2 > length) return Number.POSITIVE_INFINITY
  const second = bytes[at + 1] as number
  if (second < 126) return at + 2 + second
  if (second === 126) {
    if (at + 4 > length) return Number.POSITIVE_INFINITY
    return at + 4 + (((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number))
  }
  if (at + 10 > length) return Number.POSITIVE_INFINITY
  return at + 10 + bytes.readUInt32BE(at + 6)
}
