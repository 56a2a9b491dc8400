/**
 * What RFC 6455 asks of a server, a case for each thing that can be right or wrong. The classes and their numbers are those of
 * the Autobahn test suite; what it expects is held against our own limits: a message has 32 KiB and 32 fragments.
 */
import { limits } from '../../../src/shared/protocol/limits.ts'
import { closeFrameOf, closePayload, fragmentsOf, frameOf, opcodes } from './frames.ts'

const { continuation, text, binary, ping, pong, close } = opcodes

export interface Answer {
  opcode: number
  payload: Buffer
}

export interface Case {
  name: string
  sends: Buffer[]
  /** The frames that come back, and no others, before the close. */
  answers: Answer[]
  /** The code with which the server closes; undefined: it does not, until it is asked to. */
  closes: number | undefined
}

type Bytes = string | Uint8Array

const protocolError = 1002
const invalidText = 1007
const tooManyPieces = 1008
const tooLarge = 1009

function fine(name: string, sends: Buffer[], answers: Answer[] = []): Case {
  return { name, sends, answers, closes: undefined }
}

function bad(name: string, closes: number, sends: Buffer[], answers: Answer[] = []): Case {
  return { name, sends, answers, closes }
}

const echoOf = (payload: Bytes): Answer => ({
  opcode: text,
  payload: Buffer.concat([Buffer.from('ECHO: '), Buffer.from(payload)]),
})
const copyOf = (payload: Bytes): Answer => ({ opcode: binary, payload: Buffer.from(payload) })
const pongOf = (payload: Bytes): Answer => ({ opcode: pong, payload: Buffer.from(payload) })

const hello = frameOf({ payload: 'hello' })
const helloEcho = echoOf('hello')
const bytes = Buffer.from([0, 0xff, 0xfe, 0xfd, 0xfc, 0xfb, 0, 0xff])

export function conformanceCases(): Case[] {
  return [
    ...framing(),
    ...pings(),
    ...reservedBits(),
    ...opcodesThatAreNone(),
    ...fragmentation(),
    ...utf8(),
    ...closing(),
  ]
}

function framing(): Case[] {
  const sizes = [0, 1, 2, 125, 126, 127, 128, 1_000, 4_096, 16_384, 32_767, limits.maxFrameBytes]
  const tooLong = [limits.maxFrameBytes + 1, 65_535, 65_536, 70_000]
  return [
    ...sizes.flatMap((size) => [
      fine(`1.1 a text of ${size} bytes`, [frameOf({ payload: '*'.repeat(size) })], [echoOf('*'.repeat(size))]),
      fine(
        `1.2 ${size} bytes`,
        [frameOf({ opcode: binary, payload: Buffer.alloc(size, 0xfe) })],
        [copyOf(Buffer.alloc(size, 0xfe))],
      ),
    ]),
    ...tooLong.flatMap((size) => [
      bad(`1.1 a text of ${size} bytes`, tooLarge, [frameOf({ payload: '*'.repeat(size) })]),
      bad(`1.2 ${size} bytes`, tooLarge, [frameOf({ opcode: binary, payload: Buffer.alloc(size) })]),
    ]),
    ...[0, 1, 125].flatMap((size) =>
      ([16, 64] as const).map((lengthBits) =>
        fine(
          `1.3 a length of ${size} written in ${lengthBits} bits`,
          [frameOf({ payload: '*'.repeat(size), lengthBits })],
          [echoOf('*'.repeat(size))],
        ),
      ),
    ),
    ...[2n ** 31n, 2n ** 32n, 2n ** 53n - 1n, 2n ** 53n, 2n ** 63n - 1n, 2n ** 63n, 2n ** 64n - 1n].map((declared) =>
      bad(`1.3 a length of ${declared}`, tooLarge, [frameOf({ declared, payload: 'and no more than this' })]),
    ),
    ...[text, binary, ping, pong, close].map((opcode) =>
      bad(`1.4 opcode ${opcode} without a mask`, protocolError, [frameOf({ opcode, mask: undefined })]),
    ),
  ]
}

function pings(): Case[] {
  const payloads: [name: string, payload: Bytes][] = [
    ['no payload', ''],
    ['a text', 'Hello, world!'],
    ['bytes that are no text', bytes],
    ['125 bytes', Buffer.alloc(125, 0xfe)],
  ]
  const many = Array.from({ length: 10 }, (_, i) => `payload ${i}`)
  return [
    ...payloads.map(([name, payload]) =>
      fine(`2.1 a ping with ${name}`, [frameOf({ opcode: ping, payload })], [pongOf(payload)]),
    ),
    ...[126, 127, 1_000].flatMap((size) => [
      bad(`2.5 a ping of ${size} bytes`, protocolError, [frameOf({ opcode: ping, payload: Buffer.alloc(size) })]),
      bad(`2.5 a pong of ${size} bytes`, protocolError, [frameOf({ opcode: pong, payload: Buffer.alloc(size) })]),
    ]),
    ...payloads.map(([name, payload]) =>
      fine(`2.7 a pong that nobody asked for, with ${name}`, [frameOf({ opcode: pong, payload }), hello], [helloEcho]),
    ),
    fine(
      '2.9 a pong that nobody asked for, then a ping',
      [frameOf({ opcode: pong, payload: 'unsolicited' }), frameOf({ opcode: ping, payload: 'asked' })],
      [pongOf('asked')],
    ),
    fine(
      '2.10 ten pings',
      many.map((payload) => frameOf({ opcode: ping, payload })),
      many.map(pongOf),
    ),
  ]
}

function reservedBits(): Case[] {
  const shapes = [
    { opcode: text, payload: 'hello' },
    { opcode: text, payload: '' },
    { opcode: binary, payload: bytes },
    { opcode: ping, payload: 'hello' },
    { opcode: pong, payload: '' },
    { opcode: close, payload: closePayload(1000) },
  ]
  return [1, 2, 3, 4, 5, 6, 7].flatMap((reserved) => [
    ...shapes.map((shape) =>
      bad(
        `3.${reserved} reserved bits ${reserved}, opcode ${shape.opcode}, ${shape.payload.length} bytes`,
        protocolError,
        [frameOf({ ...shape, reserved })],
      ),
    ),
    bad(
      `3.${reserved} reserved bits ${reserved} after a good message`,
      protocolError,
      [hello, frameOf({ reserved })],
      [helloEcho],
    ),
    bad(`3.${reserved} reserved bits ${reserved} in a second fragment`, protocolError, [
      frameOf({ fin: false, payload: 'a' }),
      frameOf({ opcode: continuation, payload: 'b', reserved }),
    ]),
  ])
}

function opcodesThatAreNone(): Case[] {
  return [3, 4, 5, 6, 7, 11, 12, 13, 14, 15].flatMap((opcode) => [
    bad(`4 opcode ${opcode}`, protocolError, [frameOf({ opcode })]),
    bad(`4 opcode ${opcode} with a payload`, protocolError, [frameOf({ opcode, payload: 'reserved' })]),
    bad(`4 opcode ${opcode} after a good message`, protocolError, [hello, frameOf({ opcode }), hello], [helloEcho]),
    bad(`4 opcode ${opcode} between fragments`, protocolError, [frameOf({ fin: false }), frameOf({ opcode })]),
  ])
}

function fragmentation(): Case[] {
  const halves = fragmentsOf(text, ['fragment1', 'fragment2'])
  const [first, second] = halves as [Buffer, Buffer]
  const whole = echoOf('fragment1fragment2')
  const pinged = frameOf({ opcode: ping, payload: 'between' })
  const parts = (count: number) => Array.from({ length: count }, (_, i) => `${i % 10}`)
  return [
    ...[ping, pong, close].map((opcode) =>
      bad(`5.1 opcode ${opcode} in two fragments`, protocolError, fragmentsOf(opcode, ['fragment1', 'fragment2'])),
    ),
    fine('5.3 a text in two fragments', halves, [whole]),
    fine('5.3 bytes in two fragments', fragmentsOf(binary, [bytes, bytes]), [copyOf(Buffer.concat([bytes, bytes]))]),
    fine('5.6 a ping between two fragments is answered first', [first, pinged, second], [pongOf('between'), whole]),
    fine('5.6 a pong between two fragments', [first, frameOf({ opcode: pong }), second], [whole]),
    fine(
      '5.8 two pings around each fragment',
      [pinged, first, pinged, second, pinged],
      [pongOf('between'), pongOf('between'), whole, pongOf('between')],
    ),
    ...[true, false].flatMap((fin) => [
      bad(`5.9 a continuation of nothing, ${fin ? 'the last' : 'not the last'}`, protocolError, [
        frameOf({ opcode: continuation, fin, payload: 'of nothing' }),
        hello,
      ]),
      bad(
        `5.12 a continuation of a message that was whole, ${fin ? 'the last' : 'not the last'}`,
        protocolError,
        [hello, frameOf({ opcode: continuation, fin })],
        [helloEcho],
      ),
    ]),
    fine('5.15 two messages in fragments', [...halves, ...halves], [whole, whole]),
    ...[text, binary].flatMap((opcode) =>
      [true, false].map((fin) =>
        bad(`5.18 another message (${opcode}, ${fin}) in the middle of one`, protocolError, [
          first,
          frameOf({ opcode, fin, payload: 'another' }),
        ]),
      ),
    ),
    fine(
      '5.19 five fragments with pings between them',
      fragmentsOf(text, ['1', '2', '3', '4', '5']).flatMap((fragment) => [fragment, pinged]),
      [...Array.from({ length: 4 }, () => pongOf('between')), echoOf('12345'), pongOf('between')],
    ),
    fine('5.21 32 fragments', fragmentsOf(text, parts(32)), [echoOf(parts(32).join(''))]),
    fine(
      '5.21 32 fragments, twice',
      [...fragmentsOf(text, parts(32)), ...fragmentsOf(text, parts(32))],
      [echoOf(parts(32).join('')), echoOf(parts(32).join(''))],
    ),
    bad('5.21 33 fragments', tooManyPieces, fragmentsOf(text, parts(33))),
    bad('5.21 33 fragments without a payload', tooManyPieces, fragmentsOf(binary, Array(33).fill(''))),
    fine('5.22 fragments of 32 KiB together', fragmentsOf(binary, Array(32).fill(Buffer.alloc(1_024))), [
      copyOf(Buffer.alloc(limits.maxFrameBytes)),
    ]),
    bad(
      '5.22 fragments of 32 KiB and a byte together',
      tooLarge,
      fragmentsOf(binary, [Buffer.alloc(limits.maxFrameBytes), 'x']),
    ),
    ...[1000, 4000].map((code) =>
      bad(`5.23 a close with ${code} in the middle of a message`, code, [first, closeFrameOf(code), second]),
    ),
  ]
}

const greek = 'κόσμε'
const mixed = 'Hello-µ@ßöäüàá-UTF-8!!'

/** After Markus Kuhn's "UTF-8 decoder capability and stress test", section by section. */
const validSequences: [name: string, hex: string[]][] = [
  [
    '6.5 text',
    [
      '68656c6c6f24776f726c64',
      '68656c6c6fc2a2776f726c64',
      '68656c6c6fe282ac776f726c64',
      '68656c6c6ff0a4ada2776f726c64',
    ],
  ],
  ['6.7 the first of a length', ['00', 'c280', 'e0a080', 'f0908080']],
  ['6.9 the last of a length', ['7f', 'dfbf', 'efbfbf', 'f48fbfbf']],
  ['6.11 a boundary', ['ed9fbf', 'ee8080', 'efbfbd']],
  [
    '6.22 a code point that is no character',
    [
      ...['efbfbe', 'efbfbf'],
      ...[
        'f09fbfbe',
        'f09fbfbf',
        'f0afbfbe',
        'f0afbfbf',
        'f0bfbfbe',
        'f0bfbfbf',
        'f18fbfbe',
        'f18fbfbf',
        'f19fbfbe',
        'f19fbfbf',
      ],
      ...[
        'f1afbfbe',
        'f1afbfbf',
        'f1bfbfbe',
        'f1bfbfbf',
        'f28fbfbe',
        'f28fbfbf',
        'f29fbfbe',
        'f29fbfbf',
        'f2afbfbe',
        'f2afbfbf',
      ],
      ...[
        'f2bfbfbe',
        'f2bfbfbf',
        'f38fbfbe',
        'f38fbfbf',
        'f39fbfbe',
        'f39fbfbf',
        'f3afbfbe',
        'f3afbfbf',
        'f3bfbfbe',
        'f3bfbfbf',
      ],
      ...['f48fbfbe', 'f48fbfbf'],
    ],
  ],
  ['6.23 a special', ['efbfb9', 'efbfba', 'efbfbb', 'efbfbc', 'efbbbf']],
]

/** Wrong whatever may follow, and so to be refused before the message is whole. */
const invalidSequences: [name: string, hex: string[]][] = [
  ['6.8 five or six bytes', ['f888808080', 'fc8480808080']],
  ['6.10 beyond U+10FFFF', ['f7bfbfbf', 'fbbfbfbfbf', 'fdbfbfbfbfbf', 'f4908080']],
  ['6.12 a continuation of nothing', ['80', 'bf', '80bf', '80bf80', '80bf80bf', '80bf80bf80', '80bf80bf80bf']],
  [
    '6.13 a start of nothing',
    ['c020', 'c120', 'c220', 'df20', 'e020', 'ef20', 'f020', 'f420', 'f720', 'f820', 'fb20', 'fc20', 'fd20'],
  ],
  [
    '6.14 a last byte that is missing',
    ['c0', 'e080', 'f08080', 'f8808080', 'fc80808080', 'f7bfbf', 'fbbfbfbf', 'fdbfbfbfbf'],
  ],
  ['6.15 several that are cut', ['c0e080f08080f8808080fc80808080dfefbff7bfbffbbfbfbffdbfbfbfbf']],
  ['6.16 an impossible byte', ['fe', 'ff', 'fefeffff']],
  ['6.17 an overlong slash', ['c0af', 'e080af', 'f08080af', 'f8808080af', 'fc80808080af']],
  ['6.18 the longest overlong ones', ['c1bf', 'e09fbf', 'f08fbfbf', 'f887bfbfbf', 'fc83bfbfbfbf']],
  ['6.19 an overlong NUL', ['c080', 'e08080', 'f0808080', 'f880808080', 'fc8080808080']],
  ['6.20 a surrogate', ['eda080', 'edadbf', 'edae80', 'edafbf', 'edb080', 'edbe80', 'edbfbf']],
  [
    '6.21 a pair of surrogates',
    ['eda080edb080', 'eda080edbfbf', 'edadbfedb080', 'edadbfedbfbf', 'edae80edb080', 'edafbfedbfbf'],
  ],
]

const fromHex = (hex: string) => Buffer.from(hex, 'hex')
const flat = (sequences: [name: string, hex: string[]][]) =>
  sequences.flatMap(([name, all]) => all.map((hex): [string, Buffer] => [`${name}, ${hex}`, fromHex(hex)]))

function utf8(): Case[] {
  return [...utf8InFragments(), ...utf8ThatIsValid(), ...utf8ThatIsNot(), ...utf8ThatIsCut()]
}

function utf8InFragments(): Case[] {
  const octets = [...Buffer.from(greek)].map((octet) => Buffer.of(octet))
  return [
    fine('6.1 an empty text', [frameOf()], [echoOf('')]),
    fine('6.1 three empty fragments', fragmentsOf(text, ['', '', '']), [echoOf('')]),
    fine('6.1 a text between empty fragments', fragmentsOf(text, ['', greek, '']), [echoOf(greek)]),
    fine('6.2 a text of several scripts', [frameOf({ payload: mixed })], [echoOf(mixed)]),
    fine('6.2 fragments between code points', fragmentsOf(text, [...greek]), [echoOf(greek)]),
    fine('6.2 fragments of an octet', fragmentsOf(text, octets), [echoOf(greek)]),
    fine(
      '6.2 bytes that are no text',
      [frameOf({ opcode: binary, payload: fromHex('eda080') })],
      [copyOf(fromHex('eda080'))],
    ),
  ]
}

function utf8ThatIsValid(): Case[] {
  return flat(validSequences).flatMap(([name, payload]) => [
    fine(name, [frameOf({ payload })], [echoOf(payload)]),
    fine(
      `${name}, in fragments of an octet`,
      fragmentsOf(
        text,
        [...payload].map((octet) => Buffer.of(octet)),
      ),
      [echoOf(payload)],
    ),
  ])
}

function utf8ThatIsNot(): Case[] {
  return flat(invalidSequences).flatMap(([name, payload]) => {
    const around = Buffer.concat([Buffer.from(greek), payload, Buffer.from('edited')])
    return [
      bad(name, invalidText, [frameOf({ payload })]),
      bad(`6.3 ${name}, in a text`, invalidText, [frameOf({ payload: around })]),
      // Nothing follows it: only who looks before the message is whole can close.
      bad(`6.4 ${name}, in a fragment that is not the last`, invalidText, [
        frameOf({ fin: false, payload: greek }),
        frameOf({
          opcode: continuation,
          fin: false,
          payload: Buffer.concat([payload, Buffer.of(0x20)]),
        }),
      ]),
      bad(`6.4 ${name}, in a frame that is not whole`, invalidText, [
        frameOf({ payload: around, declared: around.length + 1 }),
      ]),
    ]
  })
}

/** All the beginnings of a text: right as a fragment, and wrong as a message when they end within a character. */
function utf8ThatIsCut(): Case[] {
  const payload = Buffer.from(greek)
  return [...payload.keys()].map((end) => {
    const start = payload.subarray(0, end)
    const isWhole = Buffer.from(start.toString()).equals(start)
    const frame = frameOf({ payload: start })
    return isWhole
      ? fine(`6.6 ${end} bytes of a text`, [frame], [echoOf(start)])
      : bad(`6.6 ${end} bytes of a text`, invalidText, [frame])
  })
}

function closing(): Case[] {
  const good = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999]
  const wrong = [0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535]
  const goodbye = closeFrameOf(1000, 'goodbye')
  return [
    fine('7.1 a message, then a close', [hello], [helloEcho]),
    bad('7.1 a close, and another', 1000, [goodbye, goodbye]),
    bad('7.1 a close, then a message', 1000, [goodbye, hello]),
    bad('7.1 a close, then a ping', 1000, [goodbye, frameOf({ opcode: ping })]),
    bad('7.1 a close, then what is no frame', 1000, [goodbye, Buffer.alloc(64, 0xff)]),
    bad('7.1 a message that is too large, then a close', tooLarge, [frameOf({ payload: 'x'.repeat(65_536) }), goodbye]),
    bad('7.3 a close without a payload', 1005, [frameOf({ opcode: close })]),
    bad('7.3 a close with one byte', protocolError, [frameOf({ opcode: close, payload: 'x' })]),
    bad('7.3 a close without a reason', 1000, [closeFrameOf(1000)]),
    bad('7.3 a close with a reason', 1000, [goodbye]),
    bad('7.3 a close with the longest reason', 1000, [closeFrameOf(1000, '*'.repeat(123))]),
    bad('7.3 a close with a reason that is too long', protocolError, [closeFrameOf(1000, '*'.repeat(124))]),
    ...flat(invalidSequences).map(([name, reason]) =>
      bad(`7.5 ${name}, in a reason`, invalidText, [closeFrameOf(1000, reason)]),
    ),
    ...good.flatMap((code) => [
      bad(`7.7 a close with ${code}`, code, [closeFrameOf(code)]),
      bad(`7.7 a close with ${code} and a reason`, code, [closeFrameOf(code, greek)]),
    ]),
    ...wrong.flatMap((code) => [
      bad(`7.9 a close with ${code}`, protocolError, [closeFrameOf(code)]),
      bad(`7.9 a close with ${code} and a reason`, protocolError, [closeFrameOf(code, greek)]),
    ]),
  ]
}
