/** The JSON Schemas that both documents share, with the descriptions of docs/protocol.md. */
import { toJsonSchemaDefs } from '@valibot/to-json-schema'
import type { GenericSchema } from 'valibot'
import { commands } from '../../shared/protocol/commands.ts'
import { limits } from '../../shared/protocol/limits.ts'
import type { Field, ProtocolTexts, Section } from './protocol-texts.ts'
import { frames } from './schemas/frames.ts'
import { bodies } from './schemas/http.ts'
import { objects } from './schemas/objects.ts'
import { commandNotes, frameSummaries } from './summaries.ts'

export interface JsonSchema {
  $ref?: string
  type?: string
  const?: unknown
  enum?: unknown[]
  description?: string
  properties?: Record<string, JsonSchema>
  required?: string[]
  items?: JsonSchema
  anyOf?: JsonSchema[]
  oneOf?: JsonSchema[]
  allOf?: JsonSchema[]
  examples?: unknown[]
  default?: unknown
  minimum?: number
  maximum?: number
  [keyword: string]: unknown
}

/** The titles of docs/protocol.md. */
const objectTitles: Readonly<Record<string, string>> = {
  User: 'User',
  Status: 'Status',
  File: 'File',
  ListedFile: 'File',
  Message: 'Message',
  RoomSummary: 'Room summary',
  RoomNames: 'Room summary',
  Member: 'Member',
  Invitation: 'Invitation',
  AuditRecord: 'Audit record',
}
const otherDescriptions: Readonly<Record<string, string>> = {
  User: 'A user.',
  Status: 'The status of a user.',
  File: 'A file of a message.',
  ListedFile: 'A file in the list of a room.',
  Message: 'A message with the entries that refer to it applied.',
  Entry: 'One thing that happened in a room.',
  RoomSummary: 'A room as it is for you.',
  RoomNames: 'The names of a room.',
  Member: 'A member of a room.',
  Invitation: 'An invitation link, without its token.',
  AuditRecord: 'An action in the audit log.',
  Limits: 'The limits that a client needs.',
  Me: 'You.',
  Rooms: 'Your rooms and public rooms.',
  Files: 'The files of a form that were uploaded.',
  Closed: 'Why a stream or a poll ended: a close code.',
  Poll: 'What has happened, and the query of the next poll.',
  SignIn: 'Who signs in.',
  ClassicFrame: 'A frame of the classic protocol.',
  PageError: 'Why a page could not be shown.',
  Health: 'Whether the server works.',
}
/** Fields that many frames and commands have, where a table does not say what they are. */
const commonMeanings: Readonly<Record<string, string>> = {
  type: 'Names what this is.',
  room: 'The address of the room.',
  key: 'Chosen by the client: names the command, so that it can be sent again.',
  user: 'The user.',
  id: 'The position in the log of the room.',
  at: 'When it was stored: milliseconds since 1970.',
  ref: 'The id of a message.',
}

/** As components are named in the documents: a command and a frame may have the same type. */
export const commandName = (type: string) => `command-${type}`
export const frameName = (type: string) => `frame-${type}`
export const refTo = (name: string): JsonSchema => ({ $ref: `#/components/schemas/${name}` })

export function componentSchemas(texts: ProtocolTexts): Record<string, JsonSchema> {
  const definitions: Record<string, GenericSchema> = {
    ...objects,
    ...bodies,
    ...renamed(commands, commandName),
    ...renamed(frames, frameName),
  }
  const schemas = toJsonSchemaDefs(definitions, {
    typeMode: 'input',
    // What JSON Schema cannot say is in the descriptions.
    errorMode: 'ignore',
    overrideRef: ({ referenceId }) => `#/components/schemas/${referenceId}`,
  }) as Record<string, JsonSchema>
  return Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, described(name, schema, texts)]))
}

function renamed<Value>(values: Record<string, Value>, rename: (name: string) => string): Record<string, Value> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [rename(name), value]))
}

function described(name: string, plain: JsonSchema, texts: ProtocolTexts): JsonSchema {
  const [, kind, type = ''] = /^(command|frame)-(.+)$/.exec(name) ?? []
  const section =
    kind === 'command'
      ? texts.commands.get(type)
      : kind === 'frame'
        ? texts.frames.get(type === 'left' ? 'join' : type)
        : texts.objects.get(objectTitles[name] ?? '')
  const schema = kind === 'command' ? withLengths(plain) : name === 'Limits' ? limitsSchema(plain, texts) : plain
  const fields = new Map([...(type === 'room' ? objectFields(texts, 'Room summary') : []), ...(section?.fields ?? [])])
  return { ...withMeanings(schema, fields, texts), description: descriptionOf(name, type, section) }
}

function descriptionOf(name: string, type: string, section: Section | undefined): string {
  const notes: Readonly<Record<string, string>> = {
    ...otherDescriptions,
    [commandName(type)]: commandNotes[type as keyof typeof commandNotes]?.summary,
    [frameName(type)]: frameSummaries[type as keyof typeof frameSummaries],
  }
  return [notes[name], section?.description].filter(Boolean).join('\n\n')
}

function objectFields(texts: ProtocolTexts, title: string): ReadonlyMap<string, Field> {
  return texts.objects.get(title)?.fields ?? new Map()
}

/** Each property says what it means; that of an object in it, what it means there. */
function withMeanings(schema: JsonSchema, fields: ReadonlyMap<string, Field>, texts: ProtocolTexts): JsonSchema {
  const { anyOf, properties, ...rest } = schema
  return {
    ...rest,
    ...(anyOf && { anyOf: anyOf.map((one) => withMeanings(one, fields, texts)) }),
    ...(properties && {
      properties: Object.fromEntries(
        Object.entries(properties).map(([name, property]) => [name, withMeaning(property, name, fields, texts)]),
      ),
    }),
  }
}

function withMeaning(
  property: JsonSchema,
  name: string,
  fields: ReadonlyMap<string, Field>,
  texts: ProtocolTexts,
): JsonSchema {
  const { type = '', meaning = '' } = fields.get(name) ?? {}
  const description = meaningElsewhere(meaning, name, texts) || meaning || commonMeanings[name] || type
  if (!description || property.description) return property
  // What stands beside a reference is not looked at by draft 7.
  return property.$ref ? { allOf: [property], description } : { ...property, description }
}

/** For "as in a room summary". */
function meaningElsewhere(meaning: string, name: string, texts: ProtocolTexts): string | undefined {
  const title = /^as in (?:an? )?([a-z ]+)/.exec(meaning)?.[1]?.trim()
  const [, section] = [...texts.objects].find(([one]) => one.toLowerCase() === title) ?? []
  return section?.fields.get(name)?.meaning
}

/** Adds what the schemas of commands check by functions, where it has a form in JSON Schema. A test compares both. */
function withLengths(schema: JsonSchema): JsonSchema {
  const lengths: Readonly<Record<string, JsonSchema>> = {
    key: { minLength: 1, maxLength: limits.maxKeyCharacters },
    data: { maxLength: limits.maxMessageCharacters },
  }
  const properties = Object.entries(schema.properties ?? {})
  return {
    ...schema,
    properties: Object.fromEntries(properties.map(([name, one]) => [name, { ...one, ...lengths[name] }])),
  }
}

function limitsSchema(schema: JsonSchema, texts: ProtocolTexts): JsonSchema {
  const rows = texts.rows('## Limits')
  const properties = rows.map(({ name, cells: [value = '', what = ''] }): [string, JsonSchema] => {
    const field = name.replaceAll('`', '')
    return [field, { ...schema.properties?.[field], description: `${value}: ${what}` }]
  })
  return { ...schema, properties: Object.fromEntries(properties) }
}
