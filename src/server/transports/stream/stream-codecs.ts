/** How frames look in an event stream, and in the answer of a long poll. */
import type { ServerFrame } from '../../../shared/protocol/frames.ts'
import type { Codec } from '../../chat/contract.ts'
import type { Positions } from './positions.ts'

const keptTexts = 64

/** The JSON of the newest frames: a frame that goes to a thousand streams is made JSON once. */
export class FrameTexts {
  readonly #texts = new Map<object, string>()

  of(frame: object): string {
    const known = this.#texts.get(frame)
    if (known !== undefined) return known
    if (this.#texts.size >= keptTexts) this.#texts.clear()
    const text = JSON.stringify(frame)
    this.#texts.set(frame, text)
    return text
  }
}

/** Written in the order in which the client receives it: it says with each frame how to go on after it. */
abstract class StreamCodec implements Codec {
  readonly isShared = false
  protected readonly positions: Positions
  protected readonly texts: FrameTexts

  constructor(positions: Positions, texts: FrameTexts) {
    this.positions = positions
    this.texts = texts
  }

  write(frame: ServerFrame): Buffer {
    this.positions.note(frame)
    return Buffer.from(this.lines(frame))
  }

  protected abstract lines(frame: ServerFrame): string
}

export class EventCodec extends StreamCodec {
  protected lines(frame: ServerFrame): string {
    const retry = frame.type === 'bye' ? `retry: ${frame.retryAfterMs}\n` : ''
    // JSON has no line breaks.
    return `${retry}id: ${this.positions.query}\ndata: ${this.texts.of(frame)}\n\n`
  }
}

/** Items of a JSON list, each with its comma. */
export class PollCodec extends StreamCodec {
  protected lines(frame: ServerFrame): string {
    return `${this.texts.of(frame)},`
  }
}
