/** WebSocket frames as a client writes them (RFC 6455, 5.2), made before the clock runs. */
import { randomFillSync } from 'node:crypto'

const mask = randomFillSync(Buffer.allocUnsafe(4))
/** Digits of the number that tells one message from another. */
const digits = 8
const placeholder = '#'.repeat(digits)

export function maskedFrame(payload: string | Uint8Array, opcode = 1): Buffer {
  const data = Buffer.from(payload)
  const headerLength = data.length < 126 ? 2 : 4
  const frame = Buffer.allocUnsafe(headerLength + 4 + data.length)
  frame[0] = 0x80 | opcode
  if (headerLength === 2) {
    frame[1] = 0x80 | data.length
  } else {
    frame[1] = 0x80 | 126
    frame.writeUInt16BE(data.length, 2)
  }
  mask.copy(frame, headerLength)
  const start = headerLength + 4
  for (let i = 0; i < data.length; i++) frame[start + i] = (data[i] as number) ^ (mask[i & 3] as number)
  return frame
}

/** A frame with a number in it that changes from message to message. */
export class NumberedFrame {
  readonly #frame: Buffer
  /** Where the number stands in the frame, and its place in the payload, on which the mask depends. */
  readonly #places: { at: number; inPayload: number }[] = []

  /** @param textOf the payload with a given number in it */
  constructor(textOf: (number: string) => string) {
    const text = textOf(placeholder)
    this.#frame = maskedFrame(text)
    const start = this.#frame.length - Buffer.byteLength(text)
    for (let i = text.indexOf(placeholder); i !== -1; i = text.indexOf(placeholder, i + digits)) {
      this.#places.push({ at: start + i, inPayload: i })
    }
  }

  /** The frame with this number, in the same memory each time: what was written before must have left. */
  with(number: number): Buffer {
    for (const { at, inPayload } of this.#places) {
      let rest = number
      for (let i = digits - 1; i >= 0; i--) {
        this.#frame[at + i] = (48 + (rest % 10)) ^ (mask[(inPayload + i) & 3] as number)
        rest = Math.floor(rest / 10)
      }
    }
    return this.#frame
  }
}

/** The number whose last digit stands in front of `end`. */
export function numberBefore(bytes: Buffer, end: number): number {
  let number = 0
  for (let i = end - digits; i < end; i++) number = number * 10 + (bytes[i] as number) - 48
  return number
}
