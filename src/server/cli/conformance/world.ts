/** The server under test, and the guests who use it. */
import { randomBytes, randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { WebSocket } from 'ws'
import { subprotocol } from '../../../shared/protocol/limits.ts'
import { Failure } from './expect.ts'
import { type Frame, Socket } from './socket.ts'

export interface Guest {
  id: number
  name: string
  cookie: string
}

export interface Answer {
  status: number
  headers: Headers
  text: string
  /** Undefined when it is no JSON. */
  json: Record<string, unknown> | undefined
}

export interface Question {
  method?: 'GET' | 'POST'
  headers?: Record<string, string>
  body?: unknown
  signal?: AbortSignal
}

export interface SocketOptions {
  path?: string
  /** Undefined: classic. */
  protocol?: string | undefined
  headers?: Record<string, string>
}

/** Maximum size of a received frame: a page of the longest messages is smaller. */
const maxFrameBytes = 64 * 1024 * 1024
const maxTries = 20
const maxWaitMs = 60_000

export class World {
  readonly #origin: string
  readonly patienceMs: number
  readonly #sockets: Socket[] = []
  #refused: string[] = []

  constructor(origin: string, patienceMs: number) {
    this.#origin = origin
    this.patienceMs = patienceMs
  }

  /** A new guest with a random name. @throws Failure */
  async signIn(): Promise<Guest> {
    const name = `check ${randomBytes(6).toString('hex')}`
    const headers = { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' }
    const {
      status,
      json,
      headers: got,
      text,
    } = await this.ask('/signin', { method: 'POST', headers, body: String(new URLSearchParams({ name })) })
    if (status !== 200)
      throw new Failure(`expected POST /signin to answer 200 for a new name, got ${status} ${text.slice(0, 200)}`)
    const cookie = got
      .getSetCookie()
      .map((line) => line.split(';', 1)[0])
      .join('; ')
    if (!cookie) throw new Failure('expected POST /signin to set a cookie')
    return { id: Number(json?.id), name: String(json?.name), cookie }
  }

  /** A connection of `chat.v1`, and its first frame. */
  async connect(guest: Guest, options: SocketOptions = {}): Promise<{ socket: Socket; welcome: Frame }> {
    const socket = await this.open({
      protocol: subprotocol,
      ...options,
      headers: { cookie: guest.cookie, ...options.headers },
    })
    const welcome = await socket.next('a first frame', () => true)
    return { socket, welcome }
  }

  /** @throws Failure when the handshake is refused */
  async open(options: SocketOptions): Promise<Socket> {
    const opened = await this.handshake(options)
    if (typeof opened === 'number')
      throw new Failure(`expected a WebSocket at ${options.path ?? '/ws/chat'}, got the status ${opened}`)
    return opened
  }

  /** @returns the status when it was refused */
  async handshake(options: SocketOptions): Promise<Socket | number> {
    for (let tries = 1; ; tries++) {
      const result = await this.#handshake(options)
      if (!('retryAfter' in result)) return result.socket
      if (result.status !== 429 || tries === maxTries) return result.status
      await pause(waitOf(result.retryAfter))
    }
  }

  /** Sends a request; one that came too fast is sent again. */
  async ask(path: string, question: Question = {}): Promise<Answer> {
    for (let tries = 1; ; tries++) {
      const answer = await this.#ask(path, question)
      if (answer.status !== 429 || tries === maxTries) return answer
      await pause(waitOf(answer.headers.get('retry-after')))
    }
  }

  /** A command over HTTP. */
  command(
    { cookie }: Pick<Guest, 'cookie'>,
    type: string,
    body: object,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    return this.ask(`/api/${type}`, {
      method: 'POST',
      headers: { cookie, 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    })
  }

  /** A response whose body is read by the caller. */
  fetch(path: string, { body, method = 'GET', headers = {}, signal }: Question): Promise<Response> {
    return fetch(this.#origin + path, {
      method,
      headers,
      redirect: 'manual',
      signal: signal ?? AbortSignal.timeout(this.patienceMs * 3),
      ...(body !== undefined && { body: String(body) }),
    })
  }

  /** What was wrong with frames of any connection. */
  get faults(): string[] {
    return [...new Set([...this.#refused, ...this.#sockets.flatMap(({ faults }) => faults)])]
  }

  /** For frames that came over HTTP. */
  note(faults: string[]): void {
    this.#refused = [...this.#refused, ...faults]
  }

  async closeAll(): Promise<void> {
    await Promise.all(this.#sockets.map((socket) => socket.close()))
  }

  async #ask(path: string, question: Question): Promise<Answer> {
    const response = await this.fetch(path, question)
    const text = await response.text()
    return { status: response.status, headers: response.headers, text, json: jsonOf(text) }
  }

  #handshake({ path = '/ws/chat', protocol, headers = {} }: SocketOptions) {
    const socket = new WebSocket(`${this.#origin.replace(/^http/, 'ws')}${path}`, protocol ? [protocol] : [], {
      headers,
      handshakeTimeout: this.patienceMs,
      maxPayload: maxFrameBytes,
    })
    // Before it is open: the first frames may come with the handshake.
    const one = new Socket(socket, this.patienceMs)
    return new Promise<{ socket: Socket } | { status: number; retryAfter: string | null }>((resolve, reject) => {
      socket.once('open', () => {
        this.#sockets.push(one)
        resolve({ socket: one })
      })
      socket.once('unexpected-response', (_request, response) => {
        response.resume()
        resolve({ status: response.statusCode ?? 0, retryAfter: String(response.headers['retry-after'] ?? '') })
      })
      socket.once('error', ({ message }) => reject(new Failure(`expected a WebSocket at ${path}: ${message}`)))
    })
  }
}

function waitOf(retryAfter: string | null): number {
  return Math.min(Math.max(1, Number(retryAfter) || 1) * 1_000, maxWaitMs)
}

function jsonOf(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? { ...value } : undefined
  } catch {
    return undefined
  }
}

export function newKey(): string {
  return randomUUID()
}
