const opcodes = { continuation: 0, text: 1 }
const firstControl = 8
const longestHeader = 14

/**
 * Follows the frames that a client sends (RFC 6455, 5.2) as their bytes come: whether they stop in the middle of a message,
 * and whether its text is broken already. It believes their headers: `ws` reads the same bytes, and refuses bad ones.
 */
export class FrameScanner {
  /** Messages that have come whole, and control frames outside of them. */
  whole = 0
  /** Bytes of the message that has begun: those that have come, and those that its frames have announced. */
  messageBytes = 0
  /** Whether a text has come that no further byte can make valid. */
  isBroken = false
  readonly #header = new Uint8Array(longestHeader)
  #headerLength = 0
  /** Bytes of the frame's payload that are still to come, and those that have. */
  #left = 0
  #taken = 0
  /** Whether fragments have come of a message whose last one has not. */
  #isFragmented = false
  #text: TextDecoder | undefined

  get isBetweenMessages(): boolean {
    return this.#headerLength === 0 && !this.#isFragmented
  }

  read(chunk: Buffer): void {
    for (let at = 0; at < chunk.length && !this.isBroken; ) {
      at = this.#left ? this.#readPayload(chunk, at) : this.#readHeader(chunk, at)
    }
  }

  get #isLast(): boolean {
    return (this.#header[0] as number) >= 0x80
  }

  get #opcode(): number {
    return (this.#header[0] as number) & 0x0f
  }

  /** Takes a byte of it. @returns where the next one is */
  #readHeader(chunk: Buffer, at: number): number {
    this.#header[this.#headerLength++] = chunk[at] as number
    if (this.#headerLength < lengthOfHeader(this.#header, this.#headerLength)) return at + 1
    this.#left = lengthOfPayload(this.#header)
    this.#taken = 0
    if (this.#opcode < firstControl) this.messageBytes = (this.#isFragmented ? this.messageBytes : 0) + this.#left
    const isWhole = this.#isLast && !this.#isFragmented && chunk.length - at > this.#left
    // What is whole, `ws` looks at.
    if (this.#opcode === opcodes.text && !isWhole) this.#text = new TextDecoder('utf-8', { fatal: true })
    if (!this.#left) this.#endFrame()
    return at + 1
  }

  /** Takes what there is of it. @returns where the rest begins */
  #readPayload(chunk: Buffer, at: number): number {
    const piece = chunk.subarray(at, at + this.#left)
    if (this.#opcode < firstControl) this.#readText(piece)
    this.#left -= piece.length
    this.#taken += piece.length
    if (!this.#left) this.#endFrame()
    return at + piece.length
  }

  #readText(piece: Buffer): void {
    if (!this.#text) return
    const mask = this.#header.subarray(this.#headerLength - 4, this.#headerLength)
    const bytes = piece.map((byte, i) => byte ^ (mask[(this.#taken + i) & 3] as number))
    try {
      this.#text.decode(bytes, { stream: true })
    } catch {
      this.isBroken = true // which is all that was asked
    }
  }

  #endFrame(): void {
    if (this.#opcode < firstControl) {
      this.#isFragmented = !this.#isLast
      if (this.#isLast) this.#text = undefined
    }
    if (!this.#isFragmented) this.whole++
    this.#headerLength = 0
  }
}

/** How long the header is, as far as its first bytes tell. */
function lengthOfHeader(header: Uint8Array, known: number): number {
  if (known < 2) return 2
  const second = header[1] as number
  const [length, mask] = [second & 0x7f, second >= 0x80 ? 4 : 0]
  return 2 + (length === 126 ? 2 : length === 127 ? 8 : 0) + mask
}

function lengthOfPayload(header: Uint8Array): number {
  const length = (header[1] as number) & 0x7f
  if (length < 126) return length
  const view = new DataView(header.buffer)
  return length === 126 ? view.getUint16(2) : Number(view.getBigUint64(2))
}
