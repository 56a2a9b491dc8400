/** A raw TCP connection of an attacker: sends bytes, and records what comes back and how the connection ended. */
import { connect, type Socket } from 'node:net'
import { hostWith } from '../http/raw.ts'
import { frameOf, opcodes, type ServerFrame, takeFrames } from './frames.ts'

const endOfHead = Buffer.from('\r\n\r\n')
const key = 'dGhlIHNhbXBsZSBub25jZQ=='
/** The accept value of the RFC's example key. */
const accept = 's3pPLMBiTxaQ9kYGzzhZRbK+xOo='
/** The longest silence. */
const maxSilenceMs = 120_000
/** The longest wait for one event, since the server's heartbeats end every silence. */
const maxWaitMs = 240_000

export interface UpgradeOptions {
  path?: string
  cookie?: string | undefined
  protocol?: string | undefined
  host?: string
}

/** A complete upgrade request. */
export function upgradeRequest(options: UpgradeOptions = {}): string {
  const { path = '/ws/echo', cookie, protocol, host = hostWith(cookie) } = options
  return [
    `GET ${path} HTTP/1.1`,
    `Host: ${host}`,
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    `Sec-WebSocket-Key: ${key}`,
    ...(protocol ? [`Sec-WebSocket-Protocol: ${protocol}`] : []),
    ...(cookie ? [`Cookie: ${cookie}`] : []),
    '\r\n',
  ].join('\r\n')
}

export type Heard = Record<string, unknown> & { type: string }

export class RawConnection {
  readonly socket: Socket
  /** The status of the answer to the upgrade; 0 as long as there is none. */
  status = 0
  /** What came after it; pings are answered. */
  readonly frames: ServerFrame[] = []
  /** The other side's close code; 1005 when it closed without one. */
  closeCode: number | undefined
  /** Whether nothing further will come. */
  isOver = false
  /** Whether the answer proves that our key was read. */
  isAccepted = false
  /** A frame that no server may send, or silence where there must be something. */
  fault: string | undefined
  readonly #heard: Heard[] = []
  #parsed = 0
  #rest: Buffer = Buffer.alloc(0)
  #waiting: (() => void) | undefined
  #silence: NodeJS.Timeout | undefined

  constructor(port: number, localAddress?: string) {
    this.socket = connect({ port, host: '127.0.0.1', noDelay: true, ...(localAddress && { localAddress }) })
    this.socket.on('data', (chunk: Buffer) => this.#read(chunk))
    // A reset is one of the answers that may come.
    this.socket.on('error', () => {})
    this.socket.on('end', () => this.#end())
    this.socket.on('close', () => this.#end())
  }

  /** What the text frames of a chat say. */
  get heard(): readonly Heard[] {
    for (; this.#parsed < this.frames.length; this.#parsed++) {
      const { opcode, payload } = this.frames[this.#parsed] as ServerFrame
      if (opcode === opcodes.text) this.#heard.push(JSON.parse(`${payload}`))
    }
    return this.#heard
  }

  /** Forgets everything received so far, which would fill the memory within minutes. */
  forget(): void {
    this.frames.length = this.#heard.length = this.#parsed = 0
  }

  write(bytes: string | Uint8Array): void {
    this.socket.write(bytes)
  }

  /** Resolves when the bytes are the kernel's. When the server does not read them in time, it ends the connection. */
  async push(bytes: string | Uint8Array): Promise<void> {
    const wait = setTimeout(() => this.#giveUp(`What was sent was not read in ${maxWaitMs / 1_000} s.`), maxWaitMs)
    await new Promise((written) => this.socket.write(bytes, written))
    clearTimeout(wait)
  }

  /** Leaves without a word, and so that no port is kept for it. */
  reset(): void {
    // What is being shut down cannot be reset: Node would keep the handle for ever.
    if (this.isOver) this.socket.destroy()
    else this.socket.resetAndDestroy()
  }

  /** Waits for the condition or the end of the connection. After the time limit it ends the connection and reports that in `fault`. */
  async until(isSo: () => boolean): Promise<void> {
    this.#silence = setTimeout(() => this.#giveUp(`Nothing came for ${maxSilenceMs / 1_000} s.`), maxSilenceMs)
    const wait = setTimeout(
      () => this.#giveUp(`The expected event did not happen within ${maxWaitMs / 1_000} s.`),
      maxWaitMs,
    )
    while (!isSo() && !this.isOver) {
      await new Promise<void>((resolve) => {
        this.#waiting = resolve
      })
    }
    clearTimeout(wait)
    clearTimeout(this.#silence)
    this.#silence = undefined
  }

  /** Waits for the answer to the upgrade. */
  async answered(): Promise<void> {
    await this.until(() => this.status > 0)
  }

  /** Waits until the server has hung up. */
  async over(): Promise<void> {
    await this.until(() => false)
  }

  /** Waits for a close frame. @returns its code; undefined when the connection ended without one */
  async closed(): Promise<number | undefined> {
    await this.until(() => this.closeCode !== undefined)
    return this.closeCode
  }

  #giveUp(fault: string): void {
    this.fault ??= fault
    this.socket.destroy()
  }

  #read(chunk: Buffer): void {
    this.#rest = this.#rest.length ? Buffer.concat([this.#rest, chunk]) : chunk
    this.#silence?.refresh()
    if (!this.status) this.#readHead()
    if (this.status === 101) this.#readFrames()
    this.#waiting?.()
  }

  #readHead(): void {
    const end = this.#rest.indexOf(endOfHead)
    if (end === -1) return
    const head = this.#rest.toString('latin1', 0, end)
    this.status = Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1] ?? -1)
    this.#rest = this.#rest.subarray(end + endOfHead.length)
    this.isAccepted = this.status === 101 && head.includes(`Sec-WebSocket-Accept: ${accept}`)
  }

  #readFrames(): void {
    try {
      const { frames, rest } = takeFrames(this.#rest)
      this.#rest = rest
      for (const frame of frames) this.#take(frame)
      const close = frames.find(({ opcode }) => opcode === opcodes.close)
      if (close) this.closeCode ??= close.payload.length ? close.payload.readUInt16BE(0) : 1005
    } catch (error) {
      this.fault ??= (error as Error).message
      this.socket.destroy()
    }
  }

  /** An attack of minutes has to answer the heartbeat. */
  #take(frame: ServerFrame): void {
    if (frame.opcode === opcodes.ping) this.socket.write(frameOf({ opcode: opcodes.pong, payload: frame.payload }))
    else this.frames.push(frame)
  }

  #end(): void {
    this.isOver = true
    this.#waiting?.()
  }
}
