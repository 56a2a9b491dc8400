/** A WebSocket of the server under test. */
import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import * as v from 'valibot'
import type { WebSocket } from 'ws'
import { frames } from '../../api-docs/schemas/frames.ts'
import { Failure, shortened } from './expect.ts'

export type Frame = Record<string, unknown> & { type: string }
export type Fields = Record<string, unknown> & { type: string }

/** How often a command is sent again that came too fast. */
const maxTries = 20
const maxWaitMs = 60_000

export interface Ending {
  code: number
  reason: string
}

export class Socket {
  readonly #socket: WebSocket
  readonly #patienceMs: number
  readonly #received: Frame[] = []
  /** How many of them were looked at. */
  #seen = 0
  #wake: (() => void) | undefined
  #isClosed = false
  /** Resolves with how it was closed. */
  readonly closed: Promise<Ending>
  /** What is wrong with frames by the schemas of the protocol. */
  readonly faults: string[] = []

  constructor(socket: WebSocket, patienceMs: number) {
    this.#socket = socket
    this.#patienceMs = patienceMs
    socket.on('message', (data, isBinary) => this.#take(data.toString(), isBinary))
    // What goes wrong ends in a close.
    socket.on('error', () => {})
    this.closed = new Promise((resolve) =>
      socket.on('close', (code, reason) => {
        this.#isClosed = true
        this.#wake?.()
        resolve({ code, reason: reason.toString() })
      }),
    )
  }

  send(frame: Fields | string | Buffer, options: { binary?: boolean } = {}): void {
    if (Buffer.isBuffer(frame)) this.#socket.send(frame, { binary: options.binary ?? true })
    else this.#socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame))
  }

  /** The next frame that fits; those before it are passed over. @throws Failure when none comes */
  next(what: string, fits: (frame: Frame) => boolean): Promise<Frame> {
    return this.#wait(what, () => {
      while (this.#seen < this.#received.length) {
        const frame = this.#received[this.#seen++]
        if (frame && fits(frame)) return frame
      }
      return undefined
    })
  }

  /** The first frame of all that fits, whether it has come or will. @throws Failure when none comes */
  any(what: string, fits: (frame: Frame) => boolean): Promise<Frame> {
    return this.#wait(what, () => this.#received.find(fits))
  }

  /** Sends a command and waits for what answers it. @throws Failure when it is refused */
  async ask(command: Fields, answer: string): Promise<Frame> {
    const got = await this.#answer(command, (frame) => frame.type === answer && isAbout(frame, command))
    if (got.type !== 'error') return got
    throw new Failure(
      `expected ${answer} for ${shortened(JSON.stringify(command))}, got the error ${got.code}: ${shortened(String(got.message))}`,
    )
  }

  /** Sends a command that is refused. @throws Failure when it is not */
  async refusal(command: Fields): Promise<Frame> {
    const got = await this.#answer(command, (frame) => ['sent', 'done'].includes(frame.type) && isAbout(frame, command))
    if (got.type === 'error') return got
    throw new Failure(`expected an error for ${shortened(JSON.stringify(command))}, got ${got.type}`)
  }

  /** Waits until everything that was sent has been carried out. @returns the frames that came meanwhile */
  async settle(): Promise<Frame[]> {
    const from = this.#seen
    this.send({ type: 'ping' })
    await this.next('pong', ({ type }) => type === 'pong')
    return this.#received.slice(from, this.#seen - 1)
  }

  /** The entries of a room that have come so far. */
  entries(room: string): Frame[] {
    return this.#received.filter(
      (frame) => frame.room === room && frame.id !== undefined && frame.at !== undefined && frame.type !== 'opened',
    )
  }

  async close(): Promise<void> {
    this.#socket.close(1000)
    const timer = setTimeout(() => this.#socket.terminate(), this.#patienceMs)
    await this.closed
    clearTimeout(timer)
  }

  async #answer(command: Fields, fits: (frame: Frame) => boolean): Promise<Frame> {
    const key = command.key ?? randomUUID()
    const isRefusal = (frame: Frame) => frame.type === 'error' && frame.key === key
    for (let tries = 1; ; tries++) {
      this.send({ ...command, key })
      const got = await this.next(
        `an answer to ${shortened(JSON.stringify(command))}`,
        (frame) => isRefusal(frame) || fits(frame),
      )
      if (got.type !== 'error' || got.code !== 'too-fast' || tries === maxTries) return got
      await pause(Math.min(Number(got.retryAfterMs) || 1_000, maxWaitMs))
    }
  }

  async #wait(what: string, find: () => Frame | undefined): Promise<Frame> {
    const timeout = AbortSignal.timeout(this.#patienceMs)
    for (;;) {
      const frame = find()
      if (frame) return frame
      if (this.#isClosed) throw new Failure(`expected ${what}, but the connection was closed`)
      if (timeout.aborted) throw new Failure(`expected ${what}, but nothing came within ${this.#patienceMs / 1_000} s`)
      await this.#more(timeout)
    }
  }

  async #more(timeout: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#wake = resolve
    timeout.addEventListener('abort', () => resolve(), { once: true })
    await promise
  }

  #take(text: string, isBinary: boolean): void {
    this.#received.push(isBinary ? { type: 'binary' } : this.#read(text))
    this.#wake?.()
  }

  #read(text: string): Frame {
    const frame = parsed(text)
    if (this.#socket.protocol) this.faults.push(...faultsIn(frame))
    return typeof frame.type === 'string' ? (frame as Frame) : { ...frame, type: 'text', data: text }
  }
}

/** Answers repeat the key of a command, or else its room. */
function isAbout(frame: Frame, { key, room }: Fields): boolean {
  if (frame.key !== undefined && key !== undefined) return frame.key === key
  return frame.room === undefined || room === undefined || frame.room === room
}

function parsed(text: string): Record<string, unknown> {
  try {
    return { ...JSON.parse(text) }
  } catch {
    return {}
  }
}

/** What is wrong with a frame, in a sentence. Fields and types that are not known are allowed: a server may be newer. */
export function faultsIn(frame: Record<string, unknown>): string[] {
  const { type } = frame
  if (typeof type !== 'string') return [`expected a JSON object with a type, got ${shortened(JSON.stringify(frame))}`]
  if (!Object.hasOwn(frames, type)) return []
  const result = v.safeParse(frames[type as keyof typeof frames] as v.GenericSchema, frame)
  if (result.success) return []
  const [{ path, message }] = result.issues
  return [`${type}${path ? `.${path.map(({ key }) => String(key)).join('.')}` : ''}: ${message}`]
}
