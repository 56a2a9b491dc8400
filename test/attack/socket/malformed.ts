/** Frames that RFC 6455 or our limits forbid, each made anew from random values, with the code that they must be closed with. */
import { limits } from '../../../src/shared/protocol/limits.ts'
import { closeFrameOf, closePayload, fragmentsOf, frameOf, opcodes } from './frames.ts'
import type { SeededRandom } from './seeded-random.ts'

export interface Malformed {
  bytes: Buffer
  closes: number
}

type Maker = (random: SeededRandom) => Malformed

const { continuation, text, binary, close, ping, pong } = opcodes
const data = [text, binary]
const control = [close, ping, pong]
const undefinedOpcodes = [3, 4, 5, 6, 7, 11, 12, 13, 14, 15]
const forbiddenCodes = [0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1999, 2000, 2999, 5000, 65_535]
/** Each wrong in its own way: a start, a continuation, overlong, a surrogate, beyond the last, impossible. */
const brokenText = ['c3', '80', 'c0af', 'e080af', 'eda080', 'f4908080', 'ff', 'f888808080'].map((hex) =>
  Buffer.from(hex, 'hex'),
)

export const malformed: Record<string, Maker> = {
  'an opcode that is none': (random) => ({
    bytes: frameOf({ ...shape(random), opcode: random.pick(undefinedOpcodes), fin: random.isIn(2) }),
    closes: 1002,
  }),
  'a reserved bit': (random) => ({
    bytes: frameOf({ ...shape(random), opcode: random.pick([...data, ping, pong]), reserved: random.between(1, 7) }),
    closes: 1002,
  }),
  'no mask': (random) => ({
    bytes: frameOf({ ...shape(random), opcode: random.pick([...data, ...control]), mask: undefined }),
    closes: 1002,
  }),
  'a control frame that is too long': (random) => ({
    bytes: frameOf({
      ...shape(random),
      opcode: random.pick(control),
      payload: random.bytes(random.between(126, 300)),
      lengthBits: random.pick([16, 64]),
    }),
    closes: 1002,
  }),
  'a control frame in fragments': (random) => ({
    bytes: frameOf({ ...shape(random), opcode: random.pick(control), fin: false }),
    closes: 1002,
  }),
  'a continuation of nothing': (random) => ({
    bytes: frameOf({ ...shape(random), opcode: continuation, fin: random.isIn(2) }),
    closes: 1002,
  }),
  'a message within a message': (random) => ({
    bytes: Buffer.concat([
      frameOf({ ...shape(random), opcode: random.pick(data), payload: 'begun', fin: false }),
      frameOf({ ...shape(random), opcode: random.pick(data), fin: random.isIn(2) }),
    ]),
    closes: 1002,
  }),
  'a length that is too large': (random) => ({
    bytes: frameOf({
      ...shape(random),
      opcode: random.pick(data),
      declared:
        random.pick([limits.maxFrameBytes + 1, 65_535, 2 ** 20, 100 * 2 ** 20, 2 ** 31, 2 ** 32, 2 ** 52]) +
        random.below(2),
      lengthBits: 64,
    }),
    closes: 1009,
  }),
  'a length beyond what is a number': (random) => ({
    bytes: frameOf({
      ...shape(random),
      opcode: random.pick(data),
      declared: random.pick([2n ** 53n, 2n ** 63n, 2n ** 64n - 1n]) - BigInt(random.below(2)),
    }),
    closes: 1009,
  }),
  'fragments that are too large together': (random) => ({
    bytes: Buffer.concat(
      fragmentsOf(binary, [Buffer.alloc(limits.maxFrameBytes - random.below(9)), random.bytes(random.between(9, 99))]),
    ),
    closes: 1009,
  }),
  'too many fragments': (random) => ({
    bytes: Buffer.concat(
      fragmentsOf(
        binary,
        Array.from({ length: random.between(33, 60) }, () => random.bytes(random.below(3))),
      ),
    ),
    closes: 1008,
  }),
  'a text that is none': (random) => ({
    bytes: frameOf({ ...shape(random), opcode: text, payload: broken(random) }),
    closes: 1007,
  }),
  'a text that is none, in fragments': (random) => {
    const parts = random.pieces(broken(random), 4)
    return { bytes: Buffer.concat(fragmentsOf(text, parts)), closes: 1007 }
  },
  'the beginning of a text that cannot be one': (random) => ({
    bytes: frameOf({
      ...shape(random),
      opcode: text,
      payload: Buffer.concat([broken(random), Buffer.from(' ')]),
      fin: false,
    }),
    closes: 1007,
  }),
  'a close code that is none': (random) => ({
    bytes: closeFrameOf(random.pick(forbiddenCodes), 'x'.repeat(random.below(100))),
    closes: 1002,
  }),
  'a close of one byte': (random) => ({
    bytes: frameOf({ ...shape(random), opcode: close, payload: random.bytes(1) }),
    closes: 1002,
  }),
  'a reason that is no text': (random) => ({
    bytes: frameOf({ ...shape(random), opcode: close, payload: closePayload(1000, broken(random)) }),
    closes: 1007,
  }),
}

function shape(random: SeededRandom): { payload: Buffer; mask: Buffer } {
  return { payload: random.bytes(random.below(100)), mask: random.bytes(4) }
}

function broken(random: SeededRandom): Buffer {
  const letters = () => Buffer.from('茶x'.repeat(random.below(10)))
  return Buffer.concat([letters(), random.pick(brokenText), letters()])
}
