/** A real `ws` client that awaits the next frame, so that no test has to sleep. */
import WebSocket from 'ws'
import type { ClientFrame } from '../../../src/shared/protocol/commands.ts'
import type { ServerFrame } from '../../../src/shared/protocol/frames.ts'
import { patienceMs } from '../run/timeouts.ts'

export interface ConnectOptions {
  /** Undefined: classic. */
  protocol?: string | undefined
  cookie?: string
  headers?: Record<string, string>
}

type Frame = Record<string, unknown> & { type: string }
export type FrameOf<Type> = Extract<ServerFrame, { type: Type }>

export class ChatClient {
  readonly socket: WebSocket
  /** Resolves with how the socket was closed. */
  readonly closed: Promise<{ code: number; reason: string }>
  /** Every frame so far, waited for or not. */
  readonly received: Frame[] = []
  /** Every text that was sent. */
  readonly sent: string[] = []
  #unread: Frame[] = []
  #waiting: { resolve(): void; reject(error: Error): void } | undefined
  #keys = 0

  constructor(socket: WebSocket) {
    this.socket = socket
    this.closed = new Promise((resolve) => {
      socket.on('close', (code, reason) => resolve({ code, reason: reason.toString() }))
    })
    // What goes wrong ends in a close, and that is what tests look at.
    socket.on('error', () => {})
    socket.on('close', (code) => this.#waiting?.reject(new Error(`Closed with ${code}`)))
    socket.on('message', (data, isBinary) => this.#receive(data as Buffer, isBinary))
  }

  /** The next frame of that type; those of other types in front of it are passed over. */
  async next<Type extends ServerFrame['type']>(type: Type): Promise<FrameOf<Type>> {
    return (await this.nextWhere((frame) => frame.type === type, `a "${type}"`)) as unknown as FrameOf<Type>
  }

  /** The next frame that fits. */
  async nextWhere(fits: (frame: Frame) => boolean, what = 'a frame'): Promise<Frame> {
    const deadline = AbortSignal.timeout(patienceMs)
    for (;;) {
      for (let frame = this.#unread.shift(); frame; frame = this.#unread.shift()) if (fits(frame)) return frame
      await this.#more(deadline, what)
    }
  }

  send(frame: ClientFrame | Record<string, unknown> | string): void {
    const text = typeof frame === 'string' ? frame : JSON.stringify(frame)
    this.sent.push(text)
    this.socket.send(text)
  }

  /** Sends a command and waits for the frame that answers it. */
  async ask<Type extends ServerFrame['type']>(frame: ClientFrame, answer: Type): Promise<FrameOf<Type>> {
    this.send(frame)
    return await this.next(answer)
  }

  open(
    room: string,
    more: { after?: number; at?: number; epoch?: string; limit?: number } = {},
  ): Promise<FrameOf<'opened'>> {
    return this.ask({ type: 'open', room, ...more }, 'opened')
  }

  /** Says something and waits until it is stored. @returns its id */
  async say(room: string, data: string, key = `k${++this.#keys}-${Math.random()}`): Promise<number> {
    return (await this.ask({ type: 'chat', room, key, data }, 'sent')).id
  }

  /** Resolves when the server has carried out everything sent so far: whatever was to arrive before has arrived. */
  async settle(): Promise<void> {
    await this.ask({ type: 'ping' }, 'pong')
  }

  async close(): Promise<void> {
    this.socket.close()
    await this.closed
  }

  #receive(data: Buffer, isBinary: boolean): void {
    const text = data.toString()
    const frame: Frame = isBinary || !text.startsWith('{') ? { type: 'text', data: text } : JSON.parse(text)
    this.received.push(frame)
    this.#unread.push(frame)
    this.#waiting?.resolve()
  }

  async #more(deadline: AbortSignal, what: string): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.#waiting = { resolve, reject }
    deadline.onabort = () => reject(new Error('Nothing came'))
    if (this.socket.readyState === WebSocket.CLOSED) reject(new Error('Closed'))
    try {
      await promise
    } catch (error) {
      const story = JSON.stringify(this.received.slice(-10)).slice(-1_000)
      throw new Error(`${(error as Error).message} while waiting for ${what}. So far: ${story}`)
    }
  }
}

/** Connects; rejects with the status when the handshake is refused. */
export function connect(url: string, { protocol, cookie, headers }: ConnectOptions = {}): Promise<ChatClient> {
  const socket = new WebSocket(url, protocol ? [protocol] : [], { headers: { ...(cookie && { cookie }), ...headers } })
  // Before it is open: the first frames may come with the handshake.
  const client = new ChatClient(socket)
  return new Promise((resolve, reject) => {
    socket.once('open', () => resolve(client))
    socket.once('error', reject)
    socket.once('unexpected-response', (_request, response) => {
      response.resume()
      reject(Object.assign(new Error(`Refused with ${response.statusCode}`), { status: response.statusCode, response }))
    })
  })
}
