import { once } from 'node:events'
import { type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http'
import { buffer } from 'node:stream/consumers'

export interface Answer {
  status: number
  headers: IncomingHttpHeaders
  bytes: Buffer
  body: string
}

export interface Question {
  method?: string
  headers?: Record<string, string | string[]>
  body?: string
}

/** `path` is sent as it stands: fetch and URL would tidy it up. Each question has a connection of its own. */
export async function ask(port: number, path: string, question: Question = {}): Promise<Answer> {
  const response = await beginToAsk(port, path, question)
  const bytes = await buffer(response)
  return { status: response.statusCode ?? 0, headers: response.headers, bytes, body: bytes.toString() }
}

/** Like `ask`, for callers that read the answer themselves. */
export async function beginToAsk(
  port: number,
  path: string,
  { method = 'GET', headers = {}, body }: Question = {},
): Promise<IncomingMessage> {
  const asking = request({ host: '127.0.0.1', port, path, method, headers, agent: false })
  const [response] = await once(asking.end(body), 'response')
  return response
}
