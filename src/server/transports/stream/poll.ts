import type { ServerResponse } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { secondMs } from '../../../shared/durations.ts'
import type { Codec, OutputBuffer } from '../../chat/contract.ts'
import type { EndOfTurn } from '../../chat/output-buffer.ts'
import type { Services } from '../../commands/contract.ts'
import { type FrameTexts, PollCodec } from './stream-codecs.ts'
import { StreamConnection, type StreamOrigin } from './stream-connection.ts'
import type { StreamRequest } from './stream-request.ts'

/** What one answer has, about: the rest comes with the next. */
const answerBytes = 64 * 1024
/** How long an answer waits for the other rooms that have something to catch up with, and an empty one for the first of them. */
const gatherMs = 50
const catchUpMs = 4 * secondMs
/** How long a stop of the server waits for the answer to be taken. */
const finishMs = secondMs

/** Frames for one answer. When it is full, its rooms are behind, like those of a client that does not read. */
class AnswerBuffer implements OutputBuffer {
  readonly codec: Codec
  readonly #turn: EndOfTurn
  readonly #frames: Buffer[] = []
  readonly #onFrames: () => void
  #bytes = 0
  readonly #ended = Promise.withResolvers<void>()

  constructor(turn: EndOfTurn, codec: Codec, onFrames: () => void) {
    this.#turn = turn
    this.codec = codec
    this.#onFrames = onFrames
  }

  get isFull(): boolean {
    return this.#bytes >= answerBytes
  }

  get isBehind(): boolean {
    return this.isFull
  }

  push(frame: Buffer): void {
    this.#bytes += frame.length
    if (this.#frames.push(frame) === 1) this.#turn.flushOutput(this)
  }

  flush(): void {
    if (this.#frames.length) this.#onFrames()
  }

  async drained(): Promise<void> {
    if (this.isFull) await this.#ended.promise
  }

  /** @returns the items of a JSON list */
  take(): string {
    this.#ended.resolve()
    return Buffer.concat(this.#frames).toString().slice(0, -1)
  }
}

/** A connection for one answer: it waits for the first frames, and goes with them. */
export class Poll extends StreamConnection {
  readonly transport = 'long-poll'
  readonly output: AnswerBuffer
  readonly #response: ServerResponse
  readonly #isDue = Promise.withResolvers<void>()
  readonly #isClosed: Promise<void>

  constructor(services: Services, origin: StreamOrigin, response: ServerResponse, texts: FrameTexts) {
    super(services, origin)
    this.#response = response
    this.#isClosed = new Promise((resolve) => response.once('close', resolve))
    const { turn } = services.hub
    this.output = new AnswerBuffer(turn, new PollCodec(this.positions, texts), () => this.#isDue.resolve())
  }

  /** @returns the body @throws ChatError when nothing can be opened */
  async answer(asked: StreamRequest): Promise<string> {
    try {
      await this.open(asked)
      await this.#wait(asked.waitMs)
      // Both in the same turn: what is in the answer is before the cursor.
      const [frames, next] = [this.output.take(), JSON.stringify(this.positions.query)]
      const closed = this.closedWith ? `,"closed":${JSON.stringify(this.closedWith)}` : ''
      return `{"frames":[${frames}],"next":${next}${closed}}`
    } finally {
      this.leaveAll()
    }
  }

  /** The response is closed, perhaps before it was answered. */
  ended(): void {
    this.#isDue.resolve()
    this.leaveAll()
  }

  terminate(): void {
    this.#response.destroy()
  }

  /** The server stops: it has been told, and takes its answer. */
  override async finish(): Promise<void> {
    this.#isDue.resolve()
    await Promise.race([this.#isClosed, pause(finishMs, undefined, { ref: false })])
  }

  protected override end(): void {
    this.#isDue.resolve()
  }

  async #wait(waitMs: number): Promise<void> {
    const due = () => {
      if (this.#isCatchingUp) timer = setTimeout(this.#isDue.resolve, catchUpMs)
      else this.#isDue.resolve()
    }
    let timer = setTimeout(due, waitMs)
    await this.#isDue.promise
    clearTimeout(timer)
    if (this.#isCatchingUp && !this.output.isFull && !this.isGone && !this.closedWith) await pause(gatherMs)
  }

  get #isCatchingUp(): boolean {
    return [...this.rooms.values()].some(({ isLive }) => !isLive)
  }
}
