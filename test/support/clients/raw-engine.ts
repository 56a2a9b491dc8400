/** A client of the engine without a package: polls, and WebSockets that await the next message. */
import { once } from 'node:events'
import WebSocket from 'ws'
import { patienceMs } from '../run/timeouts.ts'

export interface RawSocket {
  readonly ws: WebSocket
  /** Every message so far, waited for or not. */
  readonly received: (string | Buffer)[]
  /** The next message: text, or bytes. */
  next(): Promise<string | Buffer>
  /** The next message that is no ping. */
  nextPacket(): Promise<string | Buffer>
  send(data: string | Uint8Array): void
  /** Resolves with the close code. */
  readonly closed: Promise<number>
}

export class RawEngine {
  readonly #url: string
  readonly #headers: Record<string, string>

  constructor(url: string, headers: Record<string, string> = {}) {
    this.#url = url
    this.#headers = headers
  }

  /** @param query after `EIO=4`, which it may replace */
  request(query: string, init: RequestInit = {}): Promise<Response> {
    const headers = { ...this.#headers, ...(init.headers as Record<string, string>) }
    return fetch(`${this.#url}/socket.io/?${query}`, { ...init, headers })
  }

  /** Opens a session of polls. @returns its id */
  async open(): Promise<string> {
    const response = await this.request('EIO=4&transport=polling')
    const text = await response.text()
    if (!response.ok) throw new Error(`${response.status} ${text}`)
    return JSON.parse(text.slice(1)).sid
  }

  poll(sid: string, init: RequestInit = {}): Promise<Response> {
    return this.request(`EIO=4&transport=polling&sid=${sid}`, init)
  }

  post(sid: string, body: string | Uint8Array<ArrayBuffer>, init: RequestInit = {}): Promise<Response> {
    return this.poll(sid, { method: 'POST', body, ...init })
  }

  /** A WebSocket, perhaps refused: then it closes. */
  socket(query = 'EIO=4&transport=websocket'): RawSocket {
    return rawSocket(
      new WebSocket(`${this.#url.replace('http', 'ws')}/socket.io/?${query}`, { headers: this.#headers }),
    )
  }

  /** A WebSocket that has had its handshake. */
  async openSocket(): Promise<RawSocket> {
    const socket = this.socket()
    await socket.next()
    return socket
  }

  /** A WebSocket on top of a session of polls, whose probe was answered. */
  async probe(sid: string): Promise<RawSocket> {
    const socket = this.socket(`EIO=4&transport=websocket&sid=${sid}`)
    await once(socket.ws, 'open')
    socket.send('2probe')
    if ((await socket.next()) !== '3probe') throw new Error('The probe was not answered.')
    return socket
  }
}

function rawSocket(ws: WebSocket): RawSocket {
  const received: (string | Buffer)[] = []
  let read = 0
  let wake: (() => void) | undefined
  ws.on('error', () => {})
  ws.on('message', (data, isBinary) => {
    received.push(isBinary ? (data as Buffer) : data.toString())
    wake?.()
  })
  const closed = new Promise<number>((resolve) => ws.on('close', resolve))
  void closed.then(() => wake?.())
  const next = async () => {
    const deadline = performance.now() + patienceMs
    while (read >= received.length) {
      if (ws.readyState === WebSocket.CLOSED || performance.now() > deadline)
        throw new Error(`No further message after ${JSON.stringify(received.slice(-5))}`)
      await new Promise<void>((resolve) => {
        wake = resolve
        setTimeout(resolve, 1_000).unref()
      })
    }
    return received[read++] as string | Buffer
  }
  const nextPacket = async () => {
    for (;;) {
      const message = await next()
      if (message !== '2') return message
    }
  }
  return { ws, received, next, nextPacket, closed, send: (data) => ws.send(data) }
}
