/** Frames of chat.v1 as nobody should write them. What they are made of is read from the protocol's own schema. */
import fc from 'fast-check'
import type * as v from 'valibot'
import { commands } from '../../../src/shared/protocol/commands.ts'
import { limits } from '../../../src/shared/protocol/limits.ts'

type Schema = v.GenericSchema
/** What of a schema is looked at here; which of it there is depends on its type. */
interface Parts {
  type: string
  entries?: Record<string, Schema>
  wrapped?: Schema
  item?: Schema
  options?: readonly string[]
  literal?: unknown
}

const schemas = Object.entries(commands) as [type: string, Schema][]
export const commandTypes = schemas.map(([type]) => type)

const partsOf = (schema: Schema) => schema as unknown as Parts

/** The names of the fields that a command of this type may have. */
export function fieldsOf(type: string): string[] {
  return Object.keys(partsOf(commands[type as keyof typeof commands]).entries ?? {})
}

const rooms = ['lobby', 'tea', 'no such room', '茶馆', '~hidden']
const key = fc.uuid()
const fileId = fc.stringMatching(/^[0-9a-f]{32}$/)
const id = fc.oneof(fc.nat(60), fc.nat())
const milliseconds = fc.constantFrom(0, 1, 60_000, 3_600_000)

/** Mostly good, as far as the schema and the name of a field tell. */
function fieldOf(name: string, schema: Schema): fc.Arbitrary<unknown> {
  const { type, wrapped, item, options = [], literal } = partsOf(schema)
  switch (type) {
    case 'literal':
      return fc.constant(literal)
    case 'optional':
      return fieldOf(name, wrapped as Schema)
    case 'picklist':
      return fc.constantFrom(...options)
    case 'array':
      return fc.array(fieldOf(name, item as Schema), { minLength: 1, maxLength: 3 })
    case 'boolean':
      return fc.boolean()
    case 'number':
      return name.endsWith('Ms') ? milliseconds : id
    case 'string':
      return name === 'room' || name === 'rooms'
        ? fc.constantFrom(...rooms)
        : name === 'key'
          ? key
          : name === 'files'
            ? fileId
            : fc.string({ maxLength: 20 })
    default:
      return fc.jsonValue()
  }
}

/** A command of this type that the schema takes more often than not. */
export function goodCommand(type: string): fc.Arbitrary<Record<string, unknown>> {
  const fields = Object.entries(partsOf(commands[type as keyof typeof commands]).entries ?? {})
  const required = fields.filter(([, schema]) => partsOf(schema).type !== 'optional').map(([name]) => name)
  const arbitraries = Object.fromEntries(fields.map(([name, schema]) => [name, fieldOf(name, schema)]))
  return fc.record(arbitraries, { requiredKeys: required })
}

const anyGoodCommand = fc.oneof(...commandTypes.map(goodCommand))

const deep = 5_000
/** Texts of JSON, not values: much of this no value can say. */
const hostileValues = [
  ...[
    'null',
    'true',
    '0',
    '-0',
    '-1',
    '1.5',
    '1e308',
    '-1e308',
    '1e999',
    '5e-324',
    '9007199254740993',
    '1'.repeat(400),
  ],
  ...[
    '""',
    '" "',
    '"\\u0000"',
    '"a\\u0000b"',
    '"\\ud800"',
    '"a\\udc00"',
    '"\\udbff\\ud800"',
    '"\\ud83d\\ude00"',
    '"\\ufeff"',
  ],
  ...['"__proto__"', '"constructor"', '"prototype"', '"toString"', '"hasOwnProperty"', '"lobby\\n"', '"\\u202elobby"'],
  ...[
    '[]',
    '{}',
    '["lobby"]',
    '[[]]',
    '[null]',
    '{"length":1}',
    '{"toString":1,"valueOf":1}',
    '{"then":1}',
    '{"toJSON":1}',
  ],
  ...['{"__proto__":{"polluted":true}}', '{"constructor":{"prototype":{"polluted":true}}}', '[{"__proto__":[]}]'],
  JSON.stringify('x'.repeat(20_000)),
  JSON.stringify('茶'.repeat(8_000)),
  JSON.stringify(`e${'\u0301'.repeat(8_000)}`),
  JSON.stringify(' '.repeat(20_000)),
  JSON.stringify('\u200b'.repeat(5_000)),
  JSON.stringify(Array(5_000).fill(1)),
  '['.repeat(deep) + ']'.repeat(deep),
  `${'{"a":'.repeat(deep)}1${'}'.repeat(deep)}`,
  `${'{"__proto__":'.repeat(1_000)}{"polluted":true}${'}'.repeat(1_000)}`,
]
const hostileValue = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...hostileValues) },
  { weight: 1, arbitrary: fc.json({ maxDepth: 3 }) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }).map((text) => JSON.stringify(text)) },
)

const ownNames = [...new Set(commandTypes.flatMap(fieldsOf))]
const prototypeNames = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'valueOf',
  'hasOwnProperty',
  'then',
  'toJSON',
]
const hostileName = fc.oneof(
  fc.constantFrom(...ownNames),
  fc.constantFrom(...prototypeNames, '', '\0', '\ud800', 'x'.repeat(5_000)),
  fc.string({ maxLength: 10 }),
)

type Field = [name: string, value: string]

function textOf(fields: Field[]): string {
  return `{${fields.map(([name, value]) => `${JSON.stringify(name)}:${value}`).join(',')}}`
}

const goodFields = anyGoodCommand.map((command) =>
  Object.entries(command).map(([name, value]): Field => [name, JSON.stringify(value)]),
)

/** A command some of whose fields are not what they should be, or are missing. */
const spoilt = fc
  .tuple(goodFields, fc.array(fc.tuple(fc.nat(8), fc.option(hostileValue)), { minLength: 1, maxLength: 3 }))
  .map(([fields, changes]) => {
    const spoiling = new Map(changes.map(([index, value]) => [index % fields.length, value]))
    const changed = fields.map(([name, value], i): [string, string | null] => [
      name,
      spoiling.has(i) ? (spoiling.get(i) ?? null) : value,
    ])
    return textOf(changed.filter((field): field is Field => field[1] !== null))
  })

/** A command with fields that nobody knows, and with some twice. */
const crowded = fc
  .tuple(goodFields, fc.array(fc.tuple(hostileName, hostileValue), { minLength: 1, maxLength: 4 }), fc.boolean())
  .map(([fields, others, isFirst]) => textOf(isFirst ? [...others, ...fields] : [...fields, ...others]))

const notJson = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }).filter((text) => text.isWellFormed()),
  fc.tuple(goodFields.map(textOf), fc.nat(200)).map(([text, end]) => text.slice(0, end)),
  fc.constantFrom(
    '',
    ' ',
    '\0',
    '\ufeff{}',
    'NaN',
    '{"type":"ping"}{}',
    '{type:"ping"}',
    "{'type':'ping'}",
    '[',
    '{',
    '"',
    '\\u0000',
  ),
  fc.constantFrom(
    '['.repeat(30_000),
    '{"a":'.repeat(6_000),
    '"'.repeat(30_000),
    '-'.repeat(30_000),
    '9'.repeat(30_000),
  ),
)

/** One text frame, never larger than a frame may be: that is tried elsewhere. */
export const hostileFrame = fc
  .oneof(
    { weight: 6, arbitrary: spoilt },
    { weight: 3, arbitrary: crowded },
    { weight: 2, arbitrary: goodFields.map(textOf) },
    { weight: 1, arbitrary: fc.json() },
    { weight: 1, arbitrary: hostileValue },
    { weight: 1, arbitrary: notJson },
  )
  .filter((text) => Buffer.byteLength(text) <= limits.maxFrameBytes)
