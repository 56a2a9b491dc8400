import { BrokenImage } from './broken-image.ts'

/** Reads big-endian numbers and slices one after the other. Reading past the end throws BrokenImage. */
export class ByteReader {
  readonly bytes: Buffer
  position: number

  constructor(bytes: Buffer, position = 0) {
    this.bytes = bytes
    this.position = position
  }

  get isAtEnd(): boolean {
    return this.position >= this.bytes.length
  }

  u8(): number {
    return this.uint(1)
  }

  u16(): number {
    return this.uint(2)
  }

  u32(): number {
    return this.uint(4)
  }

  /** @param size in bytes, at most 8; 0 bytes are the number 0 */
  uint(size: number): number {
    let value = 0
    for (const byte of this.take(size)) value = value * 256 + byte
    if (!Number.isSafeInteger(value)) throw new BrokenImage('A number is too large.')
    return value
  }

  text(length: number): string {
    return this.take(length).toString('latin1')
  }

  /** The next bytes, not copied. */
  take(length: number): Buffer {
    const end = this.position + length
    if (end > this.bytes.length) throw new BrokenImage('The image ends too early.')
    const taken = this.bytes.subarray(this.position, end)
    this.position = end
    return taken
  }
}
