/** Frames as RFC 6455, 5.2 has them, and as it forbids them. */

export const opcodes = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const

/** Every byte of it changes what it covers. */
const someMask = Uint8Array.of(0x37, 0xfa, 0x21, 0x3d)

export interface FrameShape {
  opcode?: number
  payload?: string | Uint8Array
  /** False: further fragments follow. */
  fin?: boolean
  /** The three reserved bits: 0 to 7. */
  reserved?: number
  /** Four bytes; undefined: no mask at all, which a client may not do. */
  mask?: Uint8Array | undefined
  /** How its length is written: in 7, 16 or 64 bits; the shortest unless said. */
  lengthBits?: 7 | 16 | 64
  /** What it says its length is, whatever follows. */
  declared?: bigint | number
}

/** A client's frame: whole, text and masked, unless it is said otherwise. */
export function frameOf(shape: FrameShape = {}): Buffer {
  const { opcode = opcodes.text, fin = true, reserved = 0 } = shape
  const payload = Buffer.from(shape.payload ?? '')
  const mask = 'mask' in shape ? shape.mask : someMask
  const length = lengthOf(BigInt(shape.declared ?? payload.length), shape.lengthBits)
  length[0] = (length[0] ?? 0) | (mask ? 0x80 : 0)
  const first = Buffer.of((fin ? 0x80 : 0) | (reserved << 4) | opcode)
  return Buffer.concat([first, length, mask ?? Buffer.alloc(0), mask ? masked(payload, mask) : payload])
}

export function closeFrameOf(code: number, reason: string | Uint8Array = ''): Buffer {
  return frameOf({ opcode: opcodes.close, payload: closePayload(code, reason) })
}

export function closePayload(code: number, reason: string | Uint8Array = ''): Buffer {
  return Buffer.concat([Buffer.of(code >> 8, code & 0xff), Buffer.from(reason)])
}

/** The same message in several frames. */
export function fragmentsOf(opcode: number, parts: readonly (string | Uint8Array)[]): Buffer[] {
  return parts.map((payload, i) =>
    frameOf({ opcode: i === 0 ? opcode : opcodes.continuation, payload, fin: i === parts.length - 1 }),
  )
}

function lengthOf(length: bigint, bits: FrameShape['lengthBits']): Buffer {
  const chosen = bits ?? (length < 126n ? 7 : length < 65_536n ? 16 : 64)
  if (chosen === 7) return Buffer.of(Number(length & 0x7fn))
  if (chosen === 16) return Buffer.of(126, Number((length >> 8n) & 0xffn), Number(length & 0xffn))
  const bytes = Buffer.alloc(9, 127)
  bytes.writeBigUInt64BE(BigInt.asUintN(64, length), 1)
  return bytes
}

function masked(payload: Buffer, mask: Uint8Array): Buffer {
  return Buffer.from(payload.map((byte, i) => byte ^ (mask[i & 3] ?? 0)))
}

export interface ServerFrame {
  fin: boolean
  opcode: number
  payload: Buffer
}

/**
 * Takes the whole frames off the front of what the server has sent.
 * @returns them, and the bytes that are not a whole frame yet
 * @throws Error at a frame that no server may send
 */
export function takeFrames(bytes: Buffer): { frames: ServerFrame[]; rest: Buffer } {
  const frames: ServerFrame[] = []
  let at = 0
  for (let next = frameAt(bytes, at); next; next = frameAt(bytes, at)) {
    frames.push(next.frame)
    at = next.end
  }
  return { frames, rest: bytes.subarray(at) }
}

function frameAt(bytes: Buffer, at: number): { frame: ServerFrame; end: number } | undefined {
  if (bytes.length < at + 2) return undefined
  const first = bytes.readUInt8(at)
  const second = bytes.readUInt8(at + 1)
  if (first & 0x70 || second & 0x80)
    throw new Error(`The server sent a bad header: ${bytes.toString('hex', at, at + 2)}`)
  const extra = second === 126 ? 2 : second === 127 ? 8 : 0
  const start = at + 2 + extra
  if (bytes.length < start) return undefined
  const length = extra === 2 ? bytes.readUInt16BE(at + 2) : extra === 8 ? Number(bytes.readBigUInt64BE(at + 2)) : second
  const end = start + length
  if (bytes.length < end) return undefined
  return { frame: { fin: (first & 0x80) !== 0, opcode: first & 0x0f, payload: bytes.subarray(start, end) }, end }
}
