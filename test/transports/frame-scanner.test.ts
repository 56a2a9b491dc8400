import { isUtf8 } from 'node:buffer'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FrameScanner } from '../../src/server/transports/websocket/frame-scanner.ts'
import { fragmentsOf, frameOf, opcodes } from '../attack/socket/frames.ts'

const { text, binary, ping, pong } = opcodes

const mask = fc.uint8Array({ minLength: 4, maxLength: 4 })
const payload = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom('茶'.repeat(50), 'x'.repeat(130), 'x'.repeat(66_000)),
)
const control = fc
  .record({ opcode: fc.constantFrom(ping, pong), payload: fc.uint8Array({ maxLength: 125 }), mask })
  .map(frameOf)
/** The frames of one message, and where control frames stand between them. */
const message = fc
  .tuple(
    fc.constantFrom(text, binary),
    fc.array(payload, { minLength: 1, maxLength: 4 }),
    fc.array(control, { maxLength: 2 }),
  )
  .map(([opcode, parts, controls]) => {
    const [first = Buffer.alloc(0), ...others] = fragmentsOf(opcode, parts)
    return others.length ? [first, ...controls, ...others] : [first]
  })
const stream = fc.array(
  fc.oneof(
    message,
    control.map((frame) => [frame]),
  ),
  { minLength: 1, maxLength: 6 },
)

/** Cuts the bytes at these places, given as parts of the whole. */
function cut(bytes: Buffer, places: number[]): Buffer[] {
  const ends = [...places.map((place) => Math.floor(place * bytes.length)), bytes.length].sort((a, b) => a - b)
  return ends.map((end, i) => bytes.subarray(ends[i - 1] ?? 0, end))
}

describe('frame scanner', () => {
  it('knows after every chunk whether a message is incomplete, and how many have begun', () => {
    const places = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 12 })
    fc.assert(
      fc.property(stream, places, (messages, places) => {
        const wholes = messages.map((frames) => Buffer.concat(frames))
        const ends = wholes.map((_, i) => Buffer.concat(wholes.slice(0, i + 1)).length)
        const scanner = new FrameScanner()
        let read = 0
        for (const chunk of cut(Buffer.concat(wholes), places)) {
          scanner.read(chunk)
          read += chunk.length
          expect(scanner.whole).toBe(ends.filter((end) => end <= read).length)
          expect(scanner.isBetweenMessages).toBe(read === 0 || ends.includes(read))
          expect(scanner.isBroken).toBe(false)
        }
      }),
    )
  })
  it('detects incomplete text that can never become valid UTF-8, and only that', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 12 }), mask, fc.nat(12), (bytes, mask, at) => {
        const frame = frameOf({ payload: bytes, declared: bytes.length + 1, mask })
        const scanner = new FrameScanner()
        for (const chunk of [frame.subarray(0, at), frame.subarray(at)]) scanner.read(chunk)
        expect(scanner.isBroken).toBe(!mayBecomeText(bytes))
      }),
      { numRuns: 2_000 },
    )
  })
  it('ignores binary frames and the content of control frames', () => {
    for (const opcode of [binary, ping, pong]) {
      const scanner = new FrameScanner()
      scanner.read(frameOf({ opcode, payload: Uint8Array.of(0xff, 0xff), declared: 3 }))
      expect(scanner).toMatchObject({ isBroken: false, isBetweenMessages: false })
    }
    const scanner = new FrameScanner()
    for (const frame of [
      frameOf({ fin: false, payload: 'a' }),
      frameOf({ opcode: ping, payload: Uint8Array.of(0xff) }),
    ])
      scanner.read(frame)
    expect(scanner.isBroken).toBe(false)
  })
})

/** Whether some continuation makes it valid: a character that is cut can be completed by at most three bytes. */
function mayBecomeText(bytes: Uint8Array): boolean {
  const completions = [
    [],
    [0x80],
    [0x90],
    [0xa0],
    [0x80, 0x80],
    [0x90, 0x80],
    [0xa0, 0x80],
    [0x80, 0x80, 0x80],
    [0x90, 0x80, 0x80],
  ]
  return completions.some((completion) => isUtf8(Buffer.from([...bytes, ...completion])))
}
