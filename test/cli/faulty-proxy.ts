/** A proxy in front of a server that makes it keep less than the protocol. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { WebSocket, WebSocketServer } from 'ws'
import type { Cleanup, TestServer } from '../support/server/server.ts'

export type Frame = Record<string, unknown> & { type?: string }
type HeaderFields = Record<string, string>

export interface Answer {
  status: number
  text: string
}

/** Whatever is left out is passed on as it is. */
export interface Fault {
  headers?(headers: HeaderFields): HeaderFields
  /** What a client sends; undefined to drop it. */
  command?(frame: Frame): Frame | undefined
  /** What the server sends, for one connection. */
  frames?(): (frame: Frame) => Frame[]
  /** Binary frames do not reach the server. */
  dropsBinary?: boolean
  /** Whether a close reaches the client. */
  closes?(code: number): boolean
  response?(path: string, answer: Answer): Answer
  /** A part of an event stream. */
  stream?(text: string): string
}

/** @returns the origin of the proxy */
export async function startProxy(t: Cleanup, { url }: Pick<TestServer, 'url'>, fault: Fault = {}): Promise<string> {
  const server = createServer((request, response) => {
    forward(url, fault, request, response).catch(() => response.destroy())
  })
  const sockets = new WebSocketServer({ noServer: true, handleProtocols: (protocols) => [...protocols][0] ?? false })
  server.on('upgrade', (request, socket, head) => forwardSocket(url, fault, sockets, request, socket, head))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.onTestFinished(() => {
    for (const client of sockets.clients) client.terminate()
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

function headersOf({ headers }: IncomingMessage, names: readonly string[], { headers: change }: Fault): HeaderFields {
  const kept = names.flatMap((name) => (typeof headers[name] === 'string' ? [[name, headers[name]] as const] : []))
  const fields: HeaderFields = Object.fromEntries(kept)
  return change ? change(fields) : fields
}

const passedOn = ['cookie', 'origin', 'accept', 'content-type', 'idempotency-key', 'last-event-id']

async function forward(url: string, fault: Fault, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { method = 'GET', url: path = '/' } = request
  const body = await buffer(request)
  const gone = new AbortController()
  response.once('close', () => gone.abort())
  const answer = await fetch(url + path, {
    method,
    redirect: 'manual',
    headers: headersOf(request, passedOn, fault),
    signal: gone.signal,
    ...(body.length && { body }),
  })
  for (const name of ['content-type', 'retry-after', 'location'])
    if (answer.headers.has(name)) response.setHeader(name, answer.headers.get(name) ?? '')
  for (const line of answer.headers.getSetCookie()) response.appendHeader('set-cookie', line)
  if (answer.headers.get('content-type')?.startsWith('text/event-stream')) {
    response.writeHead(answer.status)
    const decoder = new TextDecoder()
    for await (const chunk of answer.body ?? []) {
      const text = decoder.decode(chunk, { stream: true })
      response.write(fault.stream ? fault.stream(text) : text)
    }
    response.end()
    return
  }
  const plain = { status: answer.status, text: await answer.text() }
  const { status, text } = fault.response ? fault.response(path, plain) : plain
  response.writeHead(status)
  response.end(text)
}

function forwardSocket(
  url: string,
  fault: Fault,
  sockets: WebSocketServer,
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): void {
  socket.on('error', () => socket.destroy())
  const protocol = request.headers['sec-websocket-protocol']
  const server = new WebSocket(url.replace(/^http/, 'ws') + request.url, protocol ? [protocol] : [], {
    headers: headersOf(request, ['cookie', 'origin'], fault),
  })
  // What comes before the client is connected waits.
  const early: [data: Buffer, isBinary: boolean][] = []
  let pass = (data: Buffer, isBinary: boolean) => void early.push([data, isBinary])
  let ended: [code: number, reason: Buffer] | undefined
  let end = (code: number, reason: Buffer) => {
    ended = [code, reason]
  }
  server.on('message', (data, isBinary) => pass(data as Buffer, isBinary))
  server.on('close', (code, reason) => end(code, reason))
  server.on('error', () => socket.destroy())
  server.once('unexpected-response', (_request, { statusCode }) => {
    socket.end(`HTTP/1.1 ${statusCode} Refused\r\nConnection: close\r\n\r\n`)
  })
  server.once('open', () =>
    sockets.handleUpgrade(request, socket, head, (client) => {
      const change = fault.frames?.()
      pass = (data, isBinary) => {
        const text = data.toString()
        if (isBinary || !change || !text.startsWith('{')) client.send(data, { binary: isBinary })
        else for (const frame of change(JSON.parse(text))) client.send(JSON.stringify(frame))
      }
      end = (code, reason) => {
        if (fault.closes && !fault.closes(code)) return
        client.close(code === 1005 || code === 1006 ? 1011 : code, reason)
      }
      for (const [data, isBinary] of early) pass(data, isBinary)
      if (ended) end(...ended)
      client.on('message', (data, isBinary) => {
        if (!isBinary || !fault.dropsBinary) sendOn(server, data as Buffer, isBinary, fault)
      })
      client.on('error', () => server.terminate())
      client.on('close', (code) => server.close(code === 1005 || code === 1006 ? 1000 : code))
    }),
  )
}

function sendOn(server: WebSocket, data: Buffer, isBinary: boolean, { command }: Fault): void {
  if (server.readyState !== WebSocket.OPEN) return
  const text = data.toString()
  if (isBinary || !command || !text.startsWith('{"')) return server.send(data, { binary: isBinary })
  const changed = command(JSON.parse(text))
  if (changed) server.send(JSON.stringify(changed))
}
