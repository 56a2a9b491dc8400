/** Sends single messages of the Model Context Protocol, right or wrong, and keeps to no rule of it. */
import type { NewBot } from '../../../src/server/store/store.ts'
import { type Cleanup, startServer, type TestServer } from '../server/server.ts'
import { botNamed, type TestBot } from './bots.ts'

export interface McpResponse {
  status: number
  headers: Headers
  /** Undefined when it is empty. */
  // biome-ignore lint/suspicious/noExplicitAny: any JSON may come
  body: any
}

export const currentVersion = '2026-07-28'

/** What each request of the current version says about itself. */
export const meta = {
  _meta: {
    'io.modelcontextprotocol/protocolVersion': currentVersion,
    'io.modelcontextprotocol/clientCapabilities': {},
  },
}

export class McpClient {
  readonly #url: string
  readonly #headers: Record<string, string>

  constructor({ url }: Pick<TestServer, 'url'>, headers: Record<string, string>) {
    this.#url = `${url}/mcp`
    this.#headers = headers
  }

  /** @param body its text, or what becomes JSON */
  async post(body: unknown, headers: Record<string, string> = {}): Promise<McpResponse> {
    const response = await fetch(this.#url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...this.#headers, ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })
    const text = await response.text()
    return { status: response.status, headers: response.headers, body: text ? JSON.parse(text) : undefined }
  }

  ask(method: string, params?: unknown, headers?: Record<string, string>): Promise<McpResponse> {
    return this.post({ jsonrpc: '2.0', id: 1, method, params }, headers)
  }

  /** @returns the result of the tool */
  async call(name: string, fields: object = {}) {
    const { body } = await this.ask('tools/call', { name, arguments: fields })
    if (!body?.result) throw new Error(`${name} was refused: ${JSON.stringify(body)}`)
    const { structuredContent, content, isError = false } = body.result
    return { data: structuredContent, text: content[0].text as string, isError: isError as boolean }
  }
}

export interface McpServer {
  server: TestServer
  bot: TestBot
  mcp: McpClient
}

/** A server on which the protocol is on, and a bot that speaks it. */
export async function startMcpServer(
  t: Cleanup,
  more: Partial<NewBot> = {},
  settings: Record<string, string> = {},
): Promise<McpServer> {
  const server = await startServer(t, { MCP: 'on', RATE_LIMITS: 'off', ...settings })
  const bot = await botNamed(server, 'Relay', more)
  return { server, bot, mcp: new McpClient(server, bot.bearer) }
}
