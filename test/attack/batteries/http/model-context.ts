import { ask } from '../../../http/raw-request.ts'
import { botNamed } from '../../../support/clients/bots.ts'
import { meta } from '../../../support/clients/mcp-client.ts'
import { mapConcurrently } from '../../../support/run/map-concurrently.ts'
import { startServer } from '../../../support/server/server.ts'
import { type Battery, premise, share, Tally } from '../../battery.ts'
import { hostileBodies } from '../../http/bodies.ts'
import { foreignOrigins, host } from '../../http/origins.ts'
import { requestOf, sendRaw } from '../../http/raw.ts'

const hidden = 'black'
const secret = 'the kettle is hidden'
const tools = ['list_rooms', 'read_messages', 'post_message', 'list_members']
const fields = ['room', 'data', 'key', 'reply', 'before', 'after', 'around', 'limit', 'find', 'type', '__proto__']
const texts = ['', ' ', '\u0000', '\ud800', '__proto__', 'x'.repeat(30_000)]
const values: unknown[] = [...texts, 0, -1, 1.5, 1e308, true, null, [], [[]], {}, { toString: 1 }]
const ping = { jsonrpc: '2.0', id: 1, method: 'ping' }

export default {
  what: 'A bot that may view one room sends hostile messages of the Model Context Protocol: each is answered in JSON-RPC, no other room is revealed, and no foreign origin is served.',
  atLeast: { smallest: 100, short: 1_000, long: 1_000 },

  async run(size, t) {
    const tally = new Tally()
    const server = await startServer(t, { RATE_LIMITS: 'off', MCP: 'on' })
    const chat = await (await server.signIn('Anna')).connect()
    for (const room of ['green', hidden]) await chat.open(room)
    await chat.say(hidden, secret)
    const { bearer } = await botNamed(server, 'Mallory', { canViewPublic: false, rooms: ['green'] })
    const own = { Authorization: bearer.authorization }
    const post = (message: unknown, more: Record<string, string> = {}) =>
      ask(server.port, '/mcp', {
        method: 'POST',
        headers: { ...own, 'Content-Type': 'application/json', ...more },
        body: JSON.stringify(message),
      })
    const isServed = async (more?: Record<string, string>) => (await post(ping, more)).status === 200
    premise(await isServed(), 'the bot is not served')

    await mapConcurrently(share(size, 10, messages()), 8, async (message) => {
      const { status, body } = await post(message)
      const isAnswer = status === 202 ? body === '' : status < 500 && /^\[?\{"jsonrpc":"2\.0"/.test(body)
      const sentence = `${JSON.stringify(message).slice(0, 200)}: ${status} ${body.slice(0, 200)}`
      tally.count(isAnswer && !body.includes(secret), sentence)
    })
    for (const { headers, body, status: right, what } of hostileBodies(['jsonrpc', 'id', 'method', 'params'])) {
      const { status } = await sendRaw(server.port, requestOf('POST', '/mcp', { ...own, ...headers }, body))
      tally.count(right ? status === right : status >= 200 && status < 500, `${what}: ${status}`)
    }
    const origin = `http://${host}`
    premise(await isServed({ Host: host, Origin: origin }), 'our own origin is refused')
    for (const foreign of foreignOrigins.filter((one) => one.trim() && one.trim() !== origin)) {
      // Node sends no header with such characters.
      const headers = { ...own, 'Content-Type': 'application/json', Host: host, Origin: foreign }
      const { status } = await sendRaw(server.port, requestOf('POST', '/mcp', headers, JSON.stringify(ping)))
      tally.count(status === 403 || status === 400, `Origin: ${foreign} is answered with ${status}`)
    }
    premise(await isServed(), 'the bot is not served any more')
    return tally
  },
} satisfies Battery

/** Every field of every tool with every value, and messages of every shape. */
function messages(): unknown[] {
  const call = (name: unknown, given: unknown) => {
    return { ...ping, method: 'tools/call', params: { name, arguments: given } }
  }
  const calls = tools.flatMap((tool) => [
    ...fields.flatMap((field) => values.map((value) => call(tool, { room: 'green', data: 'x', [field]: value }))),
    ...values.map((value) => call(tool, value)),
    ...[hidden, ` ${hidden} `, [hidden]].map((room) => call(tool, { room, data: 'x', find: '', around: 1 })),
  ])
  const versioned = (value: unknown) => ({ ...meta._meta, 'io.modelcontextprotocol/protocolVersion': value })
  const shapes = values.flatMap((value) => [
    ...[value, [value], [[value]], call(value, {}), { ...ping, jsonrpc: value }, { ...ping, id: value }],
    ...[
      { ...ping, method: value },
      { ...ping, params: value },
      { ...ping, params: { _meta: value } },
    ],
    { ...ping, method: 'initialize', params: { protocolVersion: value } },
    { ...ping, method: 'server/discover', params: { _meta: versioned(value) } },
  ])
  return [...calls, ...shapes, Array(1_000).fill(ping)]
}
