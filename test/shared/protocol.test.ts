import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { type Command, parseCommand, parseFrame, referenceOf } from '../../src/shared/protocol/commands.ts'
import { ChatError, type ErrorCode } from '../../src/shared/protocol/errors.ts'
import { limits } from '../../src/shared/protocol/limits.ts'

/** What a wire makes of it: JSON there and back. */
function parse(frame: object | string): Command {
  return parseCommand(parseFrame(typeof frame === 'string' ? frame : JSON.stringify(frame)))
}

function faultOf(work: () => unknown): { code: ErrorCode; message: string } {
  try {
    work()
  } catch (error) {
    expect(error).toBeInstanceOf(ChatError)
    const { code, message } = error as ChatError
    return { code, message }
  }
  throw new Error('It was taken for good')
}

const noMore = { before: 1, after: 1, around: 1 }
const chat = { type: 'chat', room: 'lobby', key: 'k', data: 'hello' }
const edit = { type: 'edit', room: 'lobby', key: 'k', ref: 1 }
const file = '0123456789abcdef'.repeat(2)
const elevenFiles = Array.from({ length: limits.maxFilesPerMessage + 1 }, (_, i) => `${i}`.padStart(32, '0'))
const whole = Number.MAX_SAFE_INTEGER

afterEach(() => {
  expect(Reflect.ownKeys(Object.prototype)).toEqual(prototypeKeys)
})
const prototypeKeys = Reflect.ownKeys(Object.prototype)

describe('frame', () => {
  it('is one JSON object with any fields', () => {
    expect(parseFrame('{}')).toEqual({})
    expect(parseFrame(' {"type":"ping","x":[1]} ')).toEqual({ type: 'ping', x: [1] })
  })
  it.for([
    '',
    ' ',
    '{',
    '{}{}',
    '{}x',
    'hello',
    'null',
    'true',
    '1',
    '"text"',
    '[]',
    '[{"type":"ping"}]',
    "{'type':'ping'}",
    '{type:1}',
    '{"a":1,}',
    'undefined',
    'NaN',
    '\ufeff{}',
    '{"a":"\n"}',
  ])('%j is refused as bad-frame', (text) => {
    expect(faultOf(() => parseFrame(text))).toEqual({ code: 'bad-frame', message: 'A frame is one JSON object.' })
  })
  it('with deep nesting is bad-frame or an object and never crashes', () => {
    const deep = `{"a":${'['.repeat(16_000)}${']'.repeat(16_000)}}`
    expect(parseFrame(deep)).toHaveProperty('a')
    expect(faultOf(() => parseFrame('['.repeat(32_000))).code).toBe('bad-frame')
  })
})

describe('valid command', () => {
  const good: [name: string, frame: object, command?: object][] = [
    ['open', { type: 'open', room: 'lobby' }],
    ['open with all it may have', { type: 'open', room: 'lobby', after: 7, epoch: 'e', limit: 10 }],
    ['open from the start', { type: 'open', room: 'lobby', after: 0, epoch: '' }],
    ['open from the largest id', { type: 'open', room: 'lobby', after: whole }],
    [
      'open with a limit that is more than there can be',
      { type: 'open', room: 'lobby', limit: 1001 },
      { type: 'open', room: 'lobby', limit: 1000 },
    ],
    ['close', { type: 'close', room: 'lobby' }],
    ['chat', chat],
    ['chat that answers another', { ...chat, reply: 3 }],
    ['chat in a room of another script', { ...chat, room: '茶馆' }],
    ['chat of several lines', { ...chat, data: 'a\n\tb' }],
    ['chat with controls in it', { ...chat, data: 'a\r\nb\x1b[31m\x07' }, { ...chat, data: 'a\nb[31m' }],
    ['chat with spaces around it', { ...chat, data: ' a ' }],
    ['history', { type: 'history', room: 'lobby' }],
    ...Object.entries(noMore).map(([place, id]): [string, object] => [
      `history ${place}`,
      { type: 'history', room: 'lobby', [place]: id, limit: 5 },
    ]),
    ['typing', { type: 'typing', room: 'lobby' }],
    ['summary', { type: 'summary', room: 'lobby' }],
    ['ping', { type: 'ping' }],
  ]
  it.for(good)('%s is accepted', ([, frame, command = frame]) => {
    expect(parse(frame)).toEqual(command)
  })
  it('loses unknown fields', () => {
    expect(parse({ ...chat, user: { id: 1 }, id: 9, at: 1, later: true })).toEqual(chat)
    expect(parse({ type: 'ping', room: 7, key: null, data: [] })).toEqual({ type: 'ping' })
  })
  it('has its room name in normal form', () => {
    expect(parse({ type: 'typing', room: ' Cafe\u0301\t' })).toEqual({ type: 'typing', room: 'Caf\u00e9' })
  })
})

describe('message with files', () => {
  it('can be without a text', () => {
    const files = [...elevenFiles.slice(2), { id: file, alt: 'A cup' }]
    for (const data of ['', ' \u200b', 'text']) {
      expect(parse({ ...chat, data, files })).toEqual({ ...chat, data: data === 'text' ? data : '', files })
      expect(parse({ ...edit, data, files })).toEqual({ ...edit, data: data === 'text' ? data : '', files })
    }
  })
  it('can lose all of them in an edit with a text', () => {
    expect(parse({ ...edit, data: 'text', files: [] })).toEqual({ ...edit, data: 'text', files: [] })
    expect(faultOf(() => parse({ ...edit, data: '' })).code).toBe('bad-field')
  })
})

describe('command type', () => {
  it.for([
    undefined,
    null,
    1,
    true,
    [],
    ['ping'],
    {},
    '',
    'PING',
    'Chat',
    ' ping',
    'edit2',
    'welcome',
    'sent',
    'join',
    'error',
  ])('%j is refused as unknown, and the known types are named', (type) => {
    const { code, message } = faultOf(() => parse({ type, room: 'lobby' }))
    expect(code).toBe('unknown-type')
    for (const known of ['open', 'close', 'chat', 'history', 'typing', 'ping']) expect(message).toContain(known)
  })
  it.for(['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf', '__defineGetter__', 'prototype'])(
    '%s is refused as unknown, though every object has a property of that name',
    (type) => {
      expect(faultOf(() => parse({ type, room: 'lobby' })).code).toBe('unknown-type')
    },
  )
})

describe('command field', () => {
  const strings: unknown[] = [undefined, null, 1, true, [], ['lobby'], {}, { toString: 'lobby' }]
  const ids: unknown[] = [null, '1', true, [], [1], {}, -1, 1.5, whole + 1]
  const bad: [frame: object, field: string, values: unknown[]][] = [
    ...['open', 'close', 'typing', 'summary', 'history'].map((type): [object, string, unknown[]] => [
      { type, room: 'lobby' },
      'room',
      strings,
    ]),
    [chat, 'room', [...strings, '', ' ', '\u200b', 'a\nb', 'a\u202eb', '\ud800', 'x'.repeat(65), '👍'.repeat(65)]],
    [chat, 'key', [...strings, '', 'x'.repeat(65), '👍'.repeat(65), 'a\0b', '\ud800', 'x'.repeat(10_000)]],
    [chat, 'data', [...strings, '', ' ', '\n\t', '\x1b\x07', '\u200b', 'a\0b', 'a\ud800']],
    [chat, 'reply', ids],
    [chat, 'files', [null, 'x', {}, [], [1], ['x'], [`${'0'.repeat(31)}A`], [file, file], elevenFiles]],
    [
      { ...edit, data: 'x' },
      'files',
      [
        null,
        [1],
        ['x'],
        [file, file],
        [{ id: file, alt: 'x' }, file],
        [{ id: file }],
        [{ id: file, alt: 1 }],
        [{ id: file, alt: 'x'.repeat(1_001) }],
        elevenFiles,
      ],
    ],
    [{ ...edit, files: [] }, 'data', ['', ' ', '\u200b']],
    [{ type: 'open', room: 'lobby' }, 'after', ids],
    [{ type: 'open', room: 'lobby' }, 'epoch', [null, 1, [], {}, true]],
    ...['open', 'history'].map((type): [object, string, unknown[]] => [{ type, room: 'lobby' }, 'limit', [...ids, 0]]),
    ...Object.keys(noMore).map((place): [object, string, unknown[]] => [
      { type: 'history', room: 'lobby' },
      place,
      ids,
    ]),
  ]
  it.for(bad)('of %j, %s, is refused as bad-field and named', ([frame, field, values]) => {
    for (const value of values) {
      const { code, message } = faultOf(() => parse({ ...frame, [field]: value }))
      expect(
        [code, message.startsWith(`"${field}" `), message.endsWith('.')],
        `${JSON.stringify(value)}: ${message}`,
      ).toEqual(['bad-field', true, true])
    }
  })
  it('with a number is refused when JSON cannot represent the number exactly', () => {
    for (const number of ['1e400', '-0.5e-3', '9007199254740993', '1e16']) {
      expect(faultOf(() => parse(`{"type":"open","room":"lobby","after":${number}}`)).code, number).toBe('bad-field')
    }
    expect(parse('{"type":"open","room":"lobby","after":1e3}')).toMatchObject({ after: 1000 })
  })
  it('that is required and missing is named as missing', () => {
    for (const field of ['room', 'key', 'data']) {
      expect(faultOf(() => parse({ ...chat, [field]: undefined })).message).toBe(`"${field}" is missing.`)
    }
  })
  it('with a default can be left out', () => {
    expect(parse({ type: 'open', room: 'lobby' })).not.toHaveProperty('after')
  })
  it('for a room has at most 64 characters, of any width', () => {
    for (const unit of ['x', '茶', '👍'])
      expect(parse({ type: 'close', room: unit.repeat(64) })).toMatchObject({ room: unit.repeat(64) })
  })
  it('named like an inherited property is ignored', () => {
    const frame = '{"type":"ping","__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}'
    expect(parse(frame)).toEqual({ type: 'ping' })
    expect(faultOf(() => parse('{"__proto__":{"type":"ping"}}')).code).toBe('unknown-type')
    expect(faultOf(() => parse('{"type":"close","__proto__":{"room":"lobby"}}')).code).toBe('bad-field')
    expect(({} as { polluted?: number }).polluted).toBeUndefined()
  })
})

describe('message text', () => {
  it('of more than 4,000 characters, of any width, is refused as too-long', () => {
    for (const unit of ['x', '茶', '👍']) {
      expect(parse({ ...chat, data: unit.repeat(4000) })).toMatchObject({ data: unit.repeat(4000) })
      expect(faultOf(() => parse({ ...chat, data: unit.repeat(4001) }))).toEqual({
        code: 'too-long',
        message: 'A message has at most 4,000 characters.',
      })
    }
    expect(limits.maxMessageCharacters).toBe(4000)
  })
})

describe('command key', () => {
  it('has 1 to 64 characters, of any width, and is returned unchanged', () => {
    for (const key of [
      'k',
      ' ',
      'x'.repeat(64),
      '茶'.repeat(64),
      '👍'.repeat(64),
      'a b\tc',
      'e\u0301',
      '__proto__',
      '<>"',
    ]) {
      expect(parse({ ...chat, key })).toMatchObject({ key })
    }
  })
})

describe('history command', () => {
  it('accepts one position, and refuses two', () => {
    const places = Object.keys(noMore) as (keyof typeof noMore)[]
    for (const one of places) {
      for (const other of places.filter((place) => place !== one)) {
        expect(faultOf(() => parse({ type: 'history', room: 'lobby', [one]: 1, [other]: 0 }))).toEqual({
          code: 'bad-field',
          message: '"history" takes one of before, after and around.',
        })
      }
    }
    expect(faultOf(() => parse({ type: 'history', room: 'lobby', ...noMore })).code).toBe('bad-field')
  })
})

describe('error reference', () => {
  it('contains the key as it was sent, and the room in normal form', () => {
    expect(referenceOf({ key: 'k', room: ' Lobby', data: 'secret' })).toEqual({ key: 'k', room: 'Lobby' })
    expect(referenceOf({ key: '' })).toEqual({ key: '' })
  })
  it('contains neither when they are not valid', () => {
    for (const value of [undefined, null, 1, [], {}, ['k']])
      expect(referenceOf({ key: value, room: value })).toEqual({})
    expect(referenceOf(parseFrame('{"__proto__":{"key":"k"}}'))).toEqual({})
  })
})

describe('any input', () => {
  const types = fc.constantFrom(
    'open',
    'close',
    'chat',
    'history',
    'typing',
    'ping',
    '__proto__',
    'constructor',
    'edit',
  )
  const fields = [
    'type',
    'room',
    'key',
    'data',
    'reply',
    'after',
    'before',
    'around',
    'limit',
    'epoch',
    '__proto__',
    'constructor',
  ]
  const value = fc.oneof(
    fc.jsonValue(),
    fc.string({ unit: 'binary' }),
    fc.integer(),
    fc.constantFrom('lobby', 'k', 0, 1, null, '__proto__'),
  )
  const almost = fc
    .tuple(types, fc.array(fc.tuple(fc.constantFrom(...fields), value), { maxLength: 8 }))
    .map(
      ([type, pairs]) =>
        `{"type":${JSON.stringify(type)}${pairs.map(([field, of]) => `,${JSON.stringify(field)}:${JSON.stringify(of)}`).join('')}}`,
    )
  const texts = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.jsonValue().map((json) => JSON.stringify(json)),
    fc.json(),
    almost,
  )

  it('parses to a command or throws a ChatError', () => {
    let commands = 0
    let faults = 0
    fc.assert(
      fc.property(texts, (text) => {
        try {
          const command = parse(text)
          expect(['open', 'close', 'chat', 'history', 'typing', 'ping']).toContain(command.type)
          // What is good once is good again, and the same.
          expect(parse(command)).toEqual(command)
          commands++
        } catch (error) {
          if (!(error instanceof ChatError)) throw error
          expect(error.message).toMatch(/^[A-Z"].*\.$/s)
          faults++
        }
      }),
      { numRuns: 3_000 },
    )
    expect(Math.min(commands, faults), 'both must come for this test to mean anything').toBeGreaterThan(20)
    expect(Reflect.ownKeys(Object.prototype)).toEqual(prototypeKeys)
  })
  it('has an error reference of short texts', () => {
    fc.assert(
      fc.property(texts, (text) => {
        let frame: Record<string, unknown>
        try {
          frame = parseFrame(text)
        } catch (error) {
          return error instanceof ChatError
        }
        return Object.values(referenceOf(frame)).every((part) => typeof part === 'string' && part.length <= 128)
      }),
    )
  })
})
