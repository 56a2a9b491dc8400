/** What the page /docs shows: the two documents, ready for its view. */
import type { AsyncApi, AsyncMessage } from './asyncapi.ts'
import { commandName, frameName, type JsonSchema } from './component-schemas.ts'
import type { OpenApi } from './openapi.ts'
import type { ProtocolTexts } from './protocol-texts.ts'
import { type Block, type Inline, inlines, richText } from './rich-text.ts'

interface FieldRow {
  name: string
  isOptional: boolean
  type: string
  meaning: Inline[]
}

interface Item {
  /** Anchor of its heading: `command-chat`. */
  anchor: string
  name: string
  summary: Inline[]
  description: Block[]
  examples: string[]
  /** One list for each form that it can have. */
  forms: FieldRow[][]
}

interface Section {
  anchor: string
  title: string
  blocks: Block[]
}

export interface DocsPage {
  version: string
  introduction: Inline[]
  transports: Section[]
  rules: Section[]
  objects: Item[]
  commands: Item[]
  frames: Item[]
  requests: { method: string; path: string; summary: string; statuses: string }[]
  errorCodes: Inline[][][]
  closeCodes: Inline[][][]
  limits: Inline[][][]
}

const transports = {
  'Signing in': '### Signing in',
  WebSocket: '## Opening a WebSocket',
  'Commands over HTTP': '### Commands over HTTP',
  'Event stream and long poll': '### Event stream and long poll',
  Bots: '### Bots',
  'Incoming webhooks': '### Incoming webhooks',
  'Outgoing webhooks': '### Outgoing webhooks',
  'Model Context Protocol': '### Model Context Protocol',
  'Socket.IO': '## Socket.IO',
  Classic: '## Classic',
}
const rules = {
  'The log': '### The log',
  'Catching up': '## Catching up',
  'Sending safely': '## Sending safely',
  Presence: '## Presence',
  'Last seen': '## Last seen',
  'Search syntax': '## Search syntax',
  Requests: '## Requests',
}

export function docsPage(texts: ProtocolTexts, asyncApi: AsyncApi, openApi: OpenApi): DocsPage {
  const { messages, schemas } = asyncApi.components
  const sections = (headings: Record<string, string>) =>
    Object.entries(headings).map(([title, heading]) => ({
      anchor: anchorOf(title),
      title,
      blocks: richText(texts.section(heading)),
    }))
  const itemsOf = (nameOf: (type: string) => string, types: Iterable<string>) =>
    [...types].flatMap((type) => itemOf(type, nameOf(type), messages[nameOf(type)], schemas[nameOf(type)]))
  return {
    version: asyncApi.info.version,
    introduction: inlines(texts.introduction),
    transports: sections(transports),
    rules: sections(rules),
    objects: Object.keys(openApi.components.schemas)
      .filter((name) => /^[A-Z]/.test(name))
      .flatMap((name) => itemOf(name, `object-${name}`, undefined, schemas[name])),
    commands: itemsOf(commandName, texts.commands.keys()),
    frames: itemsOf(frameName, texts.frames.keys()),
    requests: requestsOf(openApi),
    errorCodes: rowsOf(texts, '## Error codes'),
    closeCodes: rowsOf(texts, '## Close codes'),
    limits: rowsOf(texts, '## Limits'),
  }
}

function anchorOf(title: string): string {
  return title.toLowerCase().replaceAll(' ', '-')
}

function itemOf(name: string, anchor: string, message: AsyncMessage | undefined, schema: JsonSchema = {}): Item {
  const { summary = '', description = schema.description ?? '', examples = [] } = message ?? {}
  return {
    anchor,
    name,
    summary: inlines(summary),
    description: richText(description === summary ? '' : description),
    examples: examples.map(({ payload }) => JSON.stringify(payload)),
    forms: (schema.anyOf ?? schema.oneOf ?? [schema]).map(fieldsOf).filter((fields) => fields.length),
  }
}

function fieldsOf({ properties = {}, required = [] }: JsonSchema): FieldRow[] {
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    isOptional: !required.includes(name),
    type: typeOf(schema),
    meaning: inlines(schema.description ?? ''),
  }))
}

/** In a few words, as a reader of the table needs it. */
function typeOf(schema: JsonSchema): string {
  const { $ref, allOf, anyOf, oneOf, items, type } = schema
  if ($ref) return $ref.slice($ref.lastIndexOf('/') + 1)
  if (allOf?.[0]) return typeOf(allOf[0])
  if (schema.const !== undefined) return JSON.stringify(schema.const)
  if (schema.enum && schema.enum.length <= 6) return schema.enum.map((value) => JSON.stringify(value)).join(' | ')
  if (items) return `list of ${typeOf(items)}`
  const options = [...new Set((anyOf ?? oneOf ?? []).map(typeOf))]
  if (options.length > 7) return 'frame'
  return options.length ? options.join(' | ') : (type ?? 'anything')
}

function requestsOf({ paths }: OpenApi): DocsPage['requests'] {
  return Object.entries(paths as Record<string, Record<string, { summary: string; responses: object }>>).flatMap(
    ([path, operations]) =>
      Object.entries(operations).map(([method, { summary, responses }]) => ({
        method: method.toUpperCase(),
        path,
        summary,
        statuses: Object.keys(responses).join(' '),
      })),
  )
}

function rowsOf(texts: ProtocolTexts, heading: string): Inline[][][] {
  return texts.rows(heading).map(({ name, cells }) => [name, ...cells].map(inlines))
}
