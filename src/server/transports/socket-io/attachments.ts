/** The bytes of events, which follow them as packets of their own (socket.io-protocol 5, "Sending and receiving data"). */

import { secondMs } from '../../../shared/durations.ts'
import { closeCodes } from '../../../shared/protocol/close-codes.ts'
import { limits } from '../../../shared/protocol/limits.ts'
import { maxFileBytes, tooLargeFile, tooLargeMessage, tooManyFiles } from './file-limits.ts'
import type { HeldBytes } from './held-bytes.ts'

/** As many as the package takes. */
const maxAttachments = 10
/** From an event to the last of its bytes: as long as a request may take. */
export const attachmentsMs = 20 * secondMs

interface Closable {
  readonly network: string
  close(code: number, reason: string): void
}

/** Follows the packets of one client, before the package takes them: it would wait for bytes that never come, and for any number of them. */
export class Attachments {
  readonly #held: HeldBytes
  readonly #client: Closable
  /** Those that are still to come. */
  #left = 0
  #bytes = 0
  #giveBack: (() => void)[] = []
  #deadline: NodeJS.Timeout | undefined

  constructor(held: HeldBytes, client: Closable) {
    this.#held = held
    this.#client = client
  }

  /** @param packet of a message @returns whether it is of an event with bytes. The client is closed when it may not come now */
  take(packet: unknown): boolean {
    if (packet instanceof Uint8Array) this.#takeBytes(packet)
    else if (this.#left > 0) this.#refuse(closeCodes.unsupportedData, 'Bytes of an event are missing')
    // A message may have no content at all.
    else if (typeof packet !== 'string') return false
    else if (packet.startsWith('5')) this.#begin(packet)
    else if (packet.startsWith('6'))
      this.#refuse(closeCodes.unsupportedData, 'Nothing was asked that bytes could answer')
    else return false
    return true
  }

  end(): void {
    clearTimeout(this.#deadline)
    this.#left = 0
    this.#bytes = 0
    for (const giveBack of this.#giveBack) giveBack()
    this.#giveBack = []
  }

  #begin(packet: string): void {
    // The engine has taken a character off.
    if (Buffer.byteLength(packet) >= limits.maxFrameBytes) return this.#refuse(closeCodes.tooLarge, tooLargeMessage)
    const [, count] = /^5(\d{1,2})-/.exec(packet) ?? []
    const left = Number(count ?? 0)
    if (left < 1 || left > maxAttachments)
      return this.#refuse(closeCodes.unsupportedData, `An event has 1 to ${maxAttachments} attachments`)
    this.#left = left
    const tooLate = () => this.#refuse(closeCodes.unresponsive, 'The bytes of an event took too long')
    this.#deadline = setTimeout(tooLate, attachmentsMs)
    this.#deadline.unref()
  }

  #takeBytes({ length }: Uint8Array): void {
    if (this.#left === 0) return this.#refuse(closeCodes.unsupportedData, 'Bytes must follow their event')
    this.#bytes += length
    if (this.#bytes > maxFileBytes) return this.#refuse(closeCodes.tooLarge, tooLargeFile)
    const giveBack = this.#held.hold(this.#client.network, length)
    if (!giveBack) return this.#refuse(closeCodes.gaveWay, tooManyFiles)
    this.#giveBack.push(giveBack)
    // The event `file` holds its bytes from then on, and others lose theirs.
    if (--this.#left === 0) this.end()
  }

  #refuse(code: number, reason: string): void {
    this.end()
    this.#client.close(code, reason)
  }
}
