/** The OpenAPI document: the HTTP API in detail, and what the pages are for. */
import { type Command, commands } from '../../shared/protocol/commands.ts'
import { commandName, frameName, type JsonSchema, refTo } from './component-schemas.ts'
import { filePaths, withForm } from './file-operations.ts'
import { json, pageRefusals, pathParameter, refusalResponses, refusals, refused } from './openapi-parts.ts'
import { pagePaths } from './pages.ts'
import type { ProtocolTexts } from './protocol-texts.ts'
import { type CommandNote, commandNotes } from './summaries.ts'

type RequestType = Exclude<Command['type'], 'open' | 'close' | 'ping'>

const tags = {
  'Signing in': '### Signing in',
  Commands: '### Commands over HTTP',
  'Event stream and long poll': '### Event stream and long poll',
  Files: '### Uploads and files',
  Bots: '### Bots',
  'Incoming webhooks': '### Incoming webhooks',
  'Model Context Protocol': '### Model Context Protocol',
  Pages: '### Other requests',
} as const
type Tag = keyof typeof tags

export function openApi(texts: ProtocolTexts, schemas: Record<string, JsonSchema>, version: string) {
  const types = (Object.keys(commands) as Command['type'][]).filter(isRequestType)
  const onPages = pagePaths()
  const ofFiles = filePaths()
  const roomFiles = '/rooms/{room}/files'
  return {
    openapi: '3.1.0',
    info: {
      title: 'Teahouse',
      version,
      summary: 'A chat server.',
      description: `${texts.introduction}\n\nWhat goes over WebSockets and event streams is described in \`/docs/asyncapi.json\`.`,
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/', description: 'This server.' }],
    security: [{ session: [] }, { bot: [] }],
    tags: Object.entries(tags).map(([name, heading]) => ({ name, description: texts.section(heading) })),
    paths: {
      ...Object.fromEntries(types.map((type) => [`/api/${type}`, { post: commandOperation(type, texts) }])),
      '/api/files': { post: withForm(commandOperation('files', texts)) },
      ...apiPaths(),
      ...ofFiles,
      ...onPages,
      [roomFiles]: { ...onPages[roomFiles], ...ofFiles[roomFiles] },
      '/signin': { ...onPages['/signin'], post: signInOperation() },
    },
    components: {
      schemas: {
        ...schemas,
        ...Object.fromEntries(types.map((type) => [requestName(type), requestSchema(type, schemas)])),
      },
      responses: refusalResponses(),
      securitySchemes: {
        session: {
          type: 'apiKey',
          in: 'cookie',
          name: '__Host-session',
          description: 'The cookie of `POST /signin`. Over HTTP it is called `session-<port>`.',
        },
        bot: { type: 'http', scheme: 'bearer', description: 'The token of a bot.' },
      },
    },
  }
}

export type OpenApi = ReturnType<typeof openApi>

function isRequestType(type: Command['type']): type is RequestType {
  return type !== 'open' && type !== 'close' && type !== 'ping'
}

const requestName = (type: string) => `request-${type}`

/** The fields of the command, without its type; the key can be a header. */
function requestSchema(type: RequestType, schemas: Record<string, JsonSchema>): JsonSchema {
  const { properties = {}, required = [], ...rest } = schemas[commandName(type)] ?? {}
  const { type: _, ...fields } = properties
  return { ...rest, properties: fields, required: required.filter((name) => name !== 'type' && name !== 'key') }
}

const idempotencyKey = {
  name: 'Idempotency-Key',
  in: 'header',
  description: 'The field `key` of a body that has none.',
  schema: { type: 'string', minLength: 1, maxLength: 64 },
}

function commandOperation(type: RequestType, texts: ProtocolTexts) {
  const { summary, answer, isSilent }: CommandNote = commandNotes[type]
  const section = texts.commands.get(type)
  const [example] = section?.examples ?? []
  const { type: _, ...body } = Object(example) as Record<string, unknown>
  const hasKey = Object.hasOwn(commands[type].entries, 'key')
  return {
    operationId: type,
    summary,
    description: section?.description || summary,
    tags: ['Commands'],
    ...(hasKey && { parameters: [idempotencyKey] }),
    requestBody: {
      description: 'The fields of the command.',
      required: Object.keys(body).length > 0,
      content: { 'application/json': { schema: refTo(requestName(type)), example: body } },
    },
    responses: {
      ...(isSilent
        ? { 204: { description: 'The command was carried out.' } }
        : { 200: { description: `The frame \`${answer}\`.`, content: json(refTo(frameName(answer ?? 'done'))) } }),
      ...refused('400', '401', '403', '404', '409', '413', '415', '421', '429', '500', '503'),
    },
  }
}

function apiPaths() {
  const common = refused('401', '403', '421', '429', '500', '503')
  return {
    '/api/me': { get: reading('me', 'Who you are.', 'Commands', refTo('Me'), common) },
    '/api/rooms': { get: reading('rooms', 'Your rooms and public rooms.', 'Commands', refTo('Rooms'), common) },
    '/api/stream': { get: streamOperation() },
    '/hooks/{token}': { post: hookOperation() },
    '/mcp': mcpOperations(),
    '/healthz': {
      get: {
        ...reading('health', 'Whether the server works.', 'Pages', refTo('Health'), pageRefusals(400, 429)),
        responses: {
          200: { description: 'The server works.', content: json(refTo('Health')) },
          503: { description: 'It cannot store anything, or stops.', content: json(refTo('Health')) },
          ...pageRefusals(400, 429),
        },
        security: [],
      },
    },
    '/metrics': { get: metricsOperation() },
    '/docs/asyncapi.json': { get: documentOperation('asyncapi', 'The AsyncAPI document.') },
    '/docs/openapi.json': { get: documentOperation('openapi', 'This document.') },
  }
}

function reading(operationId: string, summary: string, tag: Tag, schema: JsonSchema, refusals: object) {
  const responses = { 200: { description: summary, content: json(schema) }, ...refusals }
  return { operationId, summary, description: summary, tags: [tag], responses }
}

function metricsOperation() {
  const summary = 'What the server counts and measures, in the text format of Prometheus.'
  const description = `${summary} Only with the setting METRICS, and for those whom it names.`
  const responses = { 200: { description, content: { 'text/plain': { schema: { type: 'string' } } } } }
  return {
    operationId: 'metrics',
    summary,
    description,
    tags: ['Pages' satisfies Tag],
    responses: { ...responses, ...pageRefusals(400, 404, 429) },
    security: [],
  }
}

function documentOperation(operationId: string, summary: string) {
  const operation = reading(operationId, summary, 'Pages', { type: 'object' }, pageRefusals(421, 429, 500, 503))
  return {
    ...operation,
    responses: { ...operation.responses, 304: { description: 'It has not changed.' } },
    security: [],
  }
}

function streamOperation() {
  const text = { type: 'string' }
  return {
    operationId: 'stream',
    summary: 'What happens in rooms: an event stream, or a long poll.',
    description: 'With `Accept: text/event-stream` an event stream, otherwise a long poll.',
    tags: ['Event stream and long poll'],
    parameters: [
      query('room', '`<address>:<after>`: a room and the last id that you have; empty means from now on.', {
        type: 'array',
        items: text,
      }),
      query('log', 'What the `id` of an event, or `next` of a poll, had as `log`.', text),
      query('open', 'The fields of `open` as JSON.', { type: 'array', items: text }),
      query('welcome', 'The first frame is `welcome`.', text),
      query('wait', 'Seconds until an empty long poll is answered.', { type: 'number', minimum: 0, default: 25 }),
      { name: 'Last-Event-ID', in: 'header', description: 'The `id` of the last event.', schema: text },
    ],
    responses: {
      200: {
        description: 'The frames, each the data of an event, or those of a poll.',
        content: { 'text/event-stream': { schema: text }, ...json(refTo('Poll')) },
      },
      ...refused('400', '401', '403', '404', '409', '413', '421', '429', '500', '503'),
    },
  }
}

function query(name: string, description: string, schema: object) {
  return { name, in: 'query', description, schema }
}

function hookOperation() {
  const text = (description: string) => ({ description, content: { 'text/plain': { schema: { type: 'string' } } } })
  const statuses = ['400', '403', '404', '409', '413', '415', '421', '429', '500', '503']
  return {
    operationId: 'hook',
    summary: 'Writes a message in the room of the webhook.',
    description: 'The body has the format of Slack, GitHub or Alertmanager.',
    tags: ['Incoming webhooks'],
    security: [],
    parameters: [pathParameter('token'), idempotencyKey],
    requestBody: {
      description: 'What to write.',
      required: true,
      content: {
        'application/json': {
          schema: { type: 'object' },
          example: { text: '*Disk full* on <https://example.org|db1>' },
        },
        'application/x-www-form-urlencoded': {
          schema: { type: 'object', properties: { payload: { type: 'string', description: 'The same as JSON.' } } },
        },
      },
    },
    responses: {
      200: text('It was written.'),
      ...Object.fromEntries(statuses.map((status) => [status, text(refusals[status] ?? '')])),
    },
  }
}

function mcpOperations() {
  const tags: Tag[] = ['Model Context Protocol']
  const message = json({ type: 'object' })
  const refusal = (statuses: string[]) =>
    Object.fromEntries(statuses.map((status) => [status, { description: refusals[status] ?? '', content: message }]))
  const unused = (operationId: string, summary: string) => ({
    operationId,
    summary,
    description: summary,
    tags,
    security: [],
    responses: refusal(['404', '405']),
  })
  return {
    post: {
      operationId: 'mcp',
      summary: 'Answers a message of the Model Context Protocol.',
      description: 'Only where the operator has set `MCP=on`, and only for the token of a bot.',
      tags,
      security: [{ bot: [] }],
      requestBody: {
        description: 'A message of JSON-RPC 2.0.',
        required: true,
        content: json({ type: 'object' }),
      },
      responses: {
        200: { description: 'The answer.', content: message },
        202: { description: 'The message has no answer.' },
        ...refusal(['400', '401', '403', '404', '413', '415', '421', '429', '500', '503']),
      },
    },
    get: unused('mcp-get', 'There is nothing to listen to.'),
    delete: unused('mcp-delete', 'There are no sessions.'),
  }
}

function signInOperation() {
  const schema = refTo('SignIn')
  return {
    operationId: 'signin',
    summary: 'Starts a session.',
    description: 'The response sets the cookie of the session.',
    tags: ['Signing in'],
    security: [],
    requestBody: {
      description: 'Who you are.',
      required: true,
      content: { 'application/x-www-form-urlencoded': { schema }, 'application/json': { schema } },
    },
    responses: {
      200: { description: 'Signed in, with `Accept: application/json`.', content: json(refTo('User')) },
      303: { description: 'Signed in.' },
      ...pageRefusals(400, 403, 413, 421, 429, 500, 503),
    },
  }
}
