/** The AsyncAPI document: what goes over WebSockets and event streams. */
import { type Command, commands } from '../../shared/protocol/commands.ts'
import { subprotocol } from '../../shared/protocol/limits.ts'
import { commandName, frameName, type JsonSchema, refTo } from './component-schemas.ts'
import type { ProtocolTexts, Section } from './protocol-texts.ts'
import { frames } from './schemas/frames.ts'
import { commandNotes, frameSummaries } from './summaries.ts'

type FrameType = keyof typeof frames

export interface AsyncMessage {
  name: string
  title?: string
  summary: string
  description: string
  contentType?: string
  payload: JsonSchema
  examples?: { payload: Record<string, unknown> }[]
}

const commandTypes = Object.keys(commands) as Command['type'][]
const frameTypes = Object.keys(frames) as FrameType[]
/** Frames that answer a command and come for no other reason. */
const onlyAnswers: readonly FrameType[] = [
  ...([
    'opened',
    'closed',
    'sent',
    'history',
    'pins',
    'files',
    'commands',
    'mentions',
    'saved',
    'found',
    'next-mention',
    'notifications',
    'members',
    'users',
  ] as const),
  ...(['invite', 'invites', 'audit', 'done', 'pong'] as const),
]

export function asyncApi(texts: ProtocolTexts, schemas: Record<string, JsonSchema>, version: string) {
  return {
    asyncapi: '3.1.0',
    info: {
      title: 'Teahouse',
      version,
      description: `${texts.introduction}\n\nThe requests of the HTTP API are described in \`/docs/openapi.json\`.`,
      license: { name: 'MIT' },
      tags: ['The log', 'Catching up', 'Sending safely', 'Presence', 'Last seen', 'Search syntax', 'Requests'].map(
        (name) => ({
          name,
          description: texts.section(name === 'The log' ? `### ${name}` : `## ${name}`),
        }),
      ),
    },
    defaultContentType: 'application/json',
    servers: servers(),
    channels: channels(texts),
    operations: operations(),
    components: {
      schemas,
      messages: messages(texts),
      securitySchemes: {
        session: {
          type: 'httpApiKey',
          in: 'cookie',
          name: '__Host-session',
          description: 'The cookie of `POST /signin`. Over HTTP it is called `session-<port>`.',
        },
        bot: { type: 'http', scheme: 'bearer', description: 'The token of a bot.' },
      },
    },
    'x-error-codes': texts.rows('## Error codes').map(({ name, cells: [meaning] }) => ({ code: plain(name), meaning })),
    'x-close-codes': texts.rows('## Close codes').map(({ name: code, cells: [name = '', meaning, reconnect] }) => ({
      code: Number(plain(code)),
      ...(name && { name: plain(name) }),
      meaning,
      reconnect,
    })),
  }
}

export type AsyncApi = ReturnType<typeof asyncApi>

function plain(name: string): string {
  return name.replaceAll('`', '')
}

function servers() {
  const host = '{host}'
  const variables = {
    host: {
      default: 'localhost:3000',
      description: 'Where this server is reached: its name, and its port if there is one.',
    },
  }
  const security = [{ $ref: '#/components/securitySchemes/session' }, { $ref: '#/components/securitySchemes/bot' }]
  return {
    websocket: {
      host,
      variables,
      security,
      protocol: 'wss',
      description: 'WebSockets. Without TLS the protocol is `ws`.',
    },
    http: {
      host,
      variables,
      security,
      protocol: 'https',
      description: 'Event streams. Without TLS the protocol is `http`.',
    },
  }
}

function channels(texts: ProtocolTexts) {
  const [websocket, http] = [[{ $ref: '#/servers/websocket' }], [{ $ref: '#/servers/http' }]]
  return {
    chat: {
      address: '/ws/chat',
      title: subprotocol,
      description: `${texts.section('## Opening a WebSocket')}\n\nThe subprotocol is \`${subprotocol}\`.`,
      servers: websocket,
      messages: messageRefs([...commandTypes.map(commandName), ...frameTypes.map(frameName)]),
      bindings: { ws: { method: 'GET', headers: protocolHeader(), bindingVersion: '0.1.0' } },
    },
    classic: {
      address: '/ws/chat',
      title: 'Classic',
      description: `${texts.section('## Classic')}\n\nThis is the protocol of a WebSocket without a subprotocol.`,
      servers: websocket,
      messages: messageRefs(['classic-text', 'classic-frame']),
      bindings: { ws: { method: 'GET', bindingVersion: '0.1.0' } },
    },
    echo: {
      address: '/ws/echo',
      title: 'Echo',
      description: 'For testing a proxy: each text comes back after `ECHO: `. No sign-in needed.',
      servers: websocket,
      messages: messageRefs(['echo-text']),
      bindings: { ws: { method: 'GET', bindingVersion: '0.1.0' } },
    },
    stream: {
      address: '/api/stream',
      title: 'Event stream',
      description: texts.section('### Event stream and long poll'),
      servers: http,
      messages: messageRefs([...streamed().map(frameName), 'stream-closed']),
    },
  }
}

function protocolHeader() {
  return {
    type: 'object',
    properties: { 'Sec-WebSocket-Protocol': { type: 'string', const: subprotocol, description: 'The subprotocol.' } },
  }
}

/** Commands are requests there, and their answers do not come by the stream. */
function streamed(): FrameType[] {
  return [...frameTypes.filter((type) => !onlyAnswers.includes(type)), 'opened']
}

function messageRefs(names: string[]) {
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/messages/${name}` }]))
}

function channelMessages(channel: string, names: string[]) {
  return {
    channel: { $ref: `#/channels/${channel}` },
    messages: names.map((name) => ({ $ref: `#/channels/${channel}/messages/${name}` })),
  }
}

/** Operations of the server: it receives commands and sends frames. */
function operations() {
  const received = commandTypes.map((type) => {
    const { answer, summary } = { answer: undefined, ...commandNotes[type] }
    const replies = [...(answer ? [answer] : []), 'error'].map(frameName)
    return [
      `receive-${type}`,
      {
        action: 'receive',
        summary,
        ...channelMessages('chat', [commandName(type)]),
        reply: channelMessages('chat', replies),
      },
    ] as const
  })
  const sent = frameTypes
    .filter((type) => !onlyAnswers.includes(type))
    .map((type) => [
      `send-${type}`,
      { action: 'send', summary: frameSummaries[type], ...channelMessages('chat', [frameName(type)]) },
    ])
  return Object.fromEntries([
    ...received,
    ...sent,
    [
      'stream',
      sending('What happens in the rooms of an event stream.', 'stream', [
        ...streamed().map(frameName),
        'stream-closed',
      ]),
    ],
    ['classic-receive', { ...sending('A message for the lobby.', 'classic', ['classic-text']), action: 'receive' }],
    ['classic-send', sending('What happens in the lobby.', 'classic', ['classic-frame'])],
    [
      'echo',
      {
        ...sending('Any text.', 'echo', ['echo-text']),
        action: 'receive',
        reply: channelMessages('echo', ['echo-text']),
      },
    ],
  ])
}

function sending(summary: string, channel: string, names: string[]) {
  return { action: 'send', summary, ...channelMessages(channel, names) }
}

function messages(texts: ProtocolTexts): Record<string, AsyncMessage> {
  return {
    ...Object.fromEntries(
      commandTypes.map((type) => [
        commandName(type),
        message(type, commandName(type), commandNotes[type].summary, texts.commands.get(type)),
      ]),
    ),
    ...Object.fromEntries(
      frameTypes.map((type) => [
        frameName(type),
        message(type, frameName(type), frameSummaries[type], texts.frames.get(type)),
      ]),
    ),
    'classic-text': plainText('The text of a message.'),
    'classic-frame': { name: 'frame', ...said('What happens in the lobby.'), payload: refTo('ClassicFrame') },
    'echo-text': plainText('Any text.'),
    'stream-closed': { name: 'closed', ...said('The stream ends for this reason.'), payload: refTo('Closed') },
  }
}

function message(type: string, name: string, summary: string, section?: Section): AsyncMessage {
  return {
    name: type,
    title: type,
    summary,
    description: section?.description || summary,
    payload: refTo(name),
    ...(section?.examples.length && { examples: section.examples.map((payload) => ({ payload: Object(payload) })) }),
  }
}

function said(summary: string) {
  return { summary, description: summary }
}

function plainText(summary: string): AsyncMessage {
  return { name: 'text', ...said(summary), contentType: 'text/plain', payload: { type: 'string' } }
}
