/** Frames that RFC 6455 or our limits forbid, each made anew from chance, with the code that they must be closed with. */
import { limits } from '../../../src/shared/protocol.ts'
import type { Chance } from './chance.ts'
import { closeFrameOf, closePayload, fragmentsOf, frameOf, opcodes } from './frames.ts'

export interface Malformed {
  bytes: Buffer
  closes: number
}

type Maker = (chance: Chance) => Malformed

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
  'an opcode that is none': (chance) => ({
    bytes: frameOf({ ...shape(chance), opcode: chance.pick(undefinedOpcodes), fin: chance.isIn(2) }),
    closes: 1002,
  }),
  'a reserved bit': (chance) => ({
    bytes: frameOf({ ...shape(chance), opcode: chance.pick([...data, ping, pong]), reserved: chance.between(1, 7) }),
    closes: 1002,
  }),
  'no mask': (chance) => ({
    bytes: frameOf({ ...shape(chance), opcode: chance.pick([...data, ...control]), mask: undefined }),
    closes: 1002,
  }),
  'a control frame that is too long': (chance) => ({
    bytes: frameOf({
      ...shape(chance),
      opcode: chance.pick(control),
      payload: chance.bytes(chance.between(126, 300)),
      lengthBits: chance.pick([16, 64]),
    }),
    closes: 1002,
  }),
  'a control frame in fragments': (chance) => ({
    bytes: frameOf({ ...shape(chance), opcode: chance.pick(control), fin: false }),
    closes: 1002,
  }),
  'a continuation of nothing': (chance) => ({
    bytes: frameOf({ ...shape(chance), opcode: continuation, fin: chance.isIn(2) }),
    closes: 1002,
  }),
  'a message within a message': (chance) => ({
    bytes: Buffer.concat([
      frameOf({ ...shape(chance), opcode: chance.pick(data), payload: 'begun', fin: false }),
      frameOf({ ...shape(chance), opcode: chance.pick(data), fin: chance.isIn(2) }),
    ]),
    closes: 1002,
  }),
  'a length that is too large': (chance) => ({
    bytes: frameOf({
      ...shape(chance),
      opcode: chance.pick(data),
      declared:
        chance.pick([limits.maxFrameBytes + 1, 65_535, 2 ** 20, 100 * 2 ** 20, 2 ** 31, 2 ** 32, 2 ** 52]) +
        chance.below(2),
      lengthBits: 64,
    }),
    closes: 1009,
  }),
  'a length beyond what is a number': (chance) => ({
    bytes: frameOf({
      ...shape(chance),
      opcode: chance.pick(data),
      declared: chance.pick([2n ** 53n, 2n ** 63n, 2n ** 64n - 1n]) - BigInt(chance.below(2)),
    }),
    closes: 1009,
  }),
  'fragments that are too large together': (chance) => ({
    bytes: Buffer.concat(
      fragmentsOf(binary, [Buffer.alloc(limits.maxFrameBytes - chance.below(9)), chance.bytes(chance.between(9, 99))]),
    ),
    closes: 1009,
  }),
  'too many fragments': (chance) => ({
    bytes: Buffer.concat(
      fragmentsOf(
        binary,
        Array.from({ length: chance.between(33, 60) }, () => chance.bytes(chance.below(3))),
      ),
    ),
    closes: 1008,
  }),
  'a text that is none': (chance) => ({
    bytes: frameOf({ ...shape(chance), opcode: text, payload: broken(chance) }),
    closes: 1007,
  }),
  'a text that is none, in fragments': (chance) => {
    const parts = chance.pieces(broken(chance), 4)
    return { bytes: Buffer.concat(fragmentsOf(text, parts)), closes: 1007 }
  },
  'the beginning of a text that cannot be one': (chance) => ({
    bytes: frameOf({
      ...shape(chance),
      opcode: text,
      payload: Buffer.concat([broken(chance), Buffer.from(' ')]),
      fin: false,
    }),
    closes: 1007,
  }),
  'a close code that is none': (chance) => ({
    bytes: closeFrameOf(chance.pick(forbiddenCodes), 'x'.repeat(chance.below(100))),
    closes: 1002,
  }),
  'a close of one byte': (chance) => ({
    bytes: frameOf({ ...shape(chance), opcode: close, payload: chance.bytes(1) }),
    closes: 1002,
  }),
  'a reason that is no text': (chance) => ({
    bytes: frameOf({ ...shape(chance), opcode: close, payload: closePayload(1000, broken(chance)) }),
    closes: 1007,
  }),
}

function shape(chance: Chance): { payload: Buffer; mask: Buffer } {
  return { payload: chance.bytes(chance.below(100)), mask: chance.bytes(4) }
}

function broken(chance: Chance): Buffer {
  const letters = () => Buffer.from('茶x'.repeat(chance.below(10)))
  return Buffer.concat([letters(), chance.pick(brokenText), letters()])
}
