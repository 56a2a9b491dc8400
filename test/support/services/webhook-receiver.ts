/** The other side of an outgoing webhook: a real HTTP server on loopback that keeps what it is sent. */
import { createHmac } from 'node:crypto'
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Cleanup } from '../server/server.ts'

export interface Received {
  headers: IncomingHttpHeaders
  url: string
  text: string
  // biome-ignore lint/suspicious/noExplicitAny: JSON that a test looks at
  body: any
}

export type Respond = (response: ServerResponse, received: Received) => void

export interface Receiver {
  url: string
  /** For WEBHOOK_HOSTS. */
  host: string
  received: Received[]
  /** What it answers: 204 unless it is set. */
  respond: Respond
  /** The next request that no test has waited for. */
  next(): Promise<Received>
}

export async function startReceiver(t: Cleanup): Promise<Receiver> {
  const waiting: ((received: Received) => void)[] = []
  const unread: Received[] = []
  const server = createServer(async (request, response) => {
    let text = ''
    // A client that goes away in the middle has sent nothing.
    try {
      for await (const chunk of request.setEncoding('utf8')) text += chunk
    } catch {
      return
    }
    const received = {
      headers: request.headers,
      url: request.url ?? '',
      text,
      body: text ? JSON.parse(text) : undefined,
    }
    receiver.received.push(received)
    const resolve = waiting.shift()
    if (resolve) resolve(received)
    else unread.push(received)
    receiver.respond(response, received)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.onTestFinished(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  const { port } = server.address() as AddressInfo
  const receiver: Receiver = {
    url: `http://127.0.0.1:${port}/hook`,
    host: `127.0.0.1:${port}`,
    received: [],
    respond: (response) => response.writeHead(204).end(),
    next: async () => unread.shift() ?? (await new Promise((resolve) => waiting.push(resolve))),
  }
  return receiver
}

/** Answers with that status, and a text. */
export function status(code: number, text = '', type = 'text/plain'): Respond {
  return (response) => response.writeHead(code, { 'content-type': type }).end(text)
}

/** Whether a request is signed as https://www.standardwebhooks.com says, written without a look at the server's code. */
export function isSigned({ headers, text }: Received, secret: string): boolean {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64')
  const content = [headers['webhook-id'], headers['webhook-timestamp'], text].join('.')
  const expected = createHmac('sha256', key).update(content, 'utf8').digest('base64')
  return String(headers['webhook-signature']).split(' ').includes(`v1,${expected}`)
}
