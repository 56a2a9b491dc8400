import type { Socket as EngineSocket } from 'engine.io'
import type { OutputBuffer } from '../../chat/contract.ts'
import type { CountedOutput, EndOfTurn } from '../../chat/output-buffer.ts'
import { webSocketOf } from './engine-client.ts'
import { type PacketCodec, packetsOf } from './packets.ts'

/**
 * Characters that the transport has not taken past which a client gets no more room entries. A ping waits behind them, and a client
 * that reads slowly has 20 s to come to it.
 */
const backlogCharacters = 64 * 1024
/** What one who catches up is given at once. */
const writeBytes = 32 * 1024

/** What the engine holds until a WebSocket is written to, or the next poll comes. */
interface Waiting {
  writeBuffer: readonly { data?: string }[]
}

/** The way out of a client of Socket.IO. */
export class EngineOutput implements OutputBuffer, CountedOutput {
  readonly codec: PacketCodec
  readonly ws: CountedOutput['ws']
  readonly #engineSocket: EngineSocket
  readonly #turn: EndOfTurn
  #frames: Buffer[] = []
  #bytes = 0
  #behind: PromiseWithResolvers<void> | undefined

  constructor(ws: CountedOutput['ws'], engineSocket: EngineSocket, turn: EndOfTurn, codec: PacketCodec) {
    this.ws = ws
    this.codec = codec
    this.#engineSocket = engineSocket
    this.#turn = turn
  }

  get isFull(): boolean {
    return this.#bytes >= writeBytes
  }

  get isBehind(): boolean {
    return this.#behind !== undefined
  }

  get unsent(): number {
    const { writeBuffer } = this.#engineSocket as unknown as Waiting
    const waiting = writeBuffer.reduce((sum, { data }) => sum + (data?.length ?? 0), 0)
    return waiting + (webSocketOf(this.#engineSocket)?.bufferedAmount ?? 0)
  }

  push(frame: Buffer): void {
    this.#bytes += frame.length
    if (this.#frames.push(frame) === 1) this.#turn.flushOutput(this)
  }

  flush(): void {
    const [frames, bytes] = [this.#frames, this.#bytes]
    if (!frames.length) return
    this.#frames = []
    this.#bytes = 0
    for (const packet of frames.flatMap(packetsOf)) this.#engineSocket.send(packet, { compress: false })
    this.watch(bytes)
  }

  /** Something was written, here or past this. */
  watch(bytes: number): void {
    // Mostly the kernel has taken all of it.
    if (this.#engineSocket.transport.writable) return
    const { unsent } = this
    if (unsent) this.#turn.backlog.add(this, bytes)
    if (unsent > backlogCharacters) void this.#waitForDrain()
  }

  async drained(): Promise<void> {
    await this.#behind?.promise
  }

  abandon(): void {
    this.#behind?.resolve()
    this.#behind = undefined
  }

  drop(): void {
    this.ws.terminate()
  }

  async #waitForDrain(): Promise<void> {
    if (this.#behind) return
    const behind = Promise.withResolvers<void>()
    this.#behind = behind
    while (this.#behind === behind && this.#engineSocket.readyState === 'open' && this.unsent > 0)
      await this.#nextDrain()
    if (this.#behind === behind) this.abandon()
  }

  /** The transport has taken something, or is another one, or closed. */
  #nextDrain(): Promise<void> {
    const { transport } = this.#engineSocket
    return new Promise((resolve) => {
      const end = () => {
        transport.off('drain', end)
        this.#engineSocket.off('upgrade', end).off('close', end)
        // The engine gives the transport what waits before that.
        setImmediate(resolve)
      }
      transport.on('drain', end)
      this.#engineSocket.on('upgrade', end).on('close', end)
    })
  }
}
