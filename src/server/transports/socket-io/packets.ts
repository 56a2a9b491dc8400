/** How frames look to a client of Socket.IO: events named by their type, with the frame (socket.io-protocol 5, "Packet encoding"). */
import { plainActionText } from '../../../shared/commands/me.ts'
import { textOrFiles } from '../../../shared/markdown/excerpt.ts'
import type { Entry } from '../../../shared/protocol/types.ts'
import type { Codec } from '../../chat/contract.ts'
import type { FrameTexts } from '../stream/stream-codecs.ts'
import type { SentFrame } from './events.ts'

/** Ends each packet: a room hands over several frames as one buffer. JSON has no such character, and writes it in strings as an escape. */
const end = '\x1e'
/** The ids of a client's own messages that have not come back. */
const maxOwnIds = 64

type Chat = Extract<Entry, { type: 'chat' }>

/** An event of one argument. @param json of the argument */
export function eventPacket(event: string, json: string): string {
  return `2["${event}",${json}]${end}`
}

/** The packets of one or more frames. */
export function packetsOf(bytes: Buffer): string[] {
  return bytes.toString().split(end).slice(0, -1)
}

export class PacketCodec implements Codec {
  readonly isShared = false
  readonly #texts: FrameTexts
  /** The room whose messages are heard as `talk`, too. */
  readonly #room: string
  readonly #ownIds = new Set<number>()

  constructor(texts: FrameTexts, room: string) {
    this.#texts = texts
    this.#room = room
  }

  /** A message of this client's own: everybody else hears it as `talk`. */
  expectOwn(id: number): void {
    this.#ownIds.add(id)
    const [oldest] = this.#ownIds
    if (this.#ownIds.size > maxOwnIds && oldest !== undefined) this.#ownIds.delete(oldest)
  }

  write(frame: SentFrame): Buffer {
    const event = eventPacket(frame.type, this.#texts.of(frame))
    const isHeard =
      frame.type === 'chat' && frame.room === this.#room && !frame.deleted && !this.#ownIds.delete(frame.id)
    return Buffer.from(isHeard ? event + talkPacket(frame) : event)
  }
}

function talkPacket(chat: Chat): string {
  const { user } = chat
  return `2["talk",${JSON.stringify(plainActionText(textOrFiles(chat), user.name))},${JSON.stringify(user)}]${end}`
}
