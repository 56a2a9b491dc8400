import { closeCodes } from '../../../shared/protocol/close-codes.ts'
import { limits } from '../../../shared/protocol/limits.ts'
import { maxFileBytes, tooLargeFile, tooManyFiles } from './file-limits.ts'

const maxHeldBytes = 64 * 1024 * 1024
/** A few networks cannot keep everybody else from sending files. */
const maxBytesOfNetwork = 8 * 1024 * 1024

/** Bytes of files that clients of Socket.IO have in memory, all of them together. */
export class HeldBytes {
  readonly #maxBytes: number
  readonly #maxOfNetwork: number
  #bytes = 0
  /** Bytes held for each network, if any. */
  readonly #ofNetworks = new Map<string, number>()

  constructor(maxBytes = maxHeldBytes, maxOfNetwork = maxBytesOfNetwork) {
    this.#maxBytes = maxBytes
    this.#maxOfNetwork = maxOfNetwork
  }

  /** @returns gives them back, once; undefined when there is no room for so many, of all networks or of this one */
  hold(network: string, bytes: number): (() => void) | undefined {
    const ofNetwork = this.#ofNetworks.get(network) ?? 0
    if (this.#bytes + bytes > this.#maxBytes || ofNetwork + bytes > this.#maxOfNetwork) return undefined
    this.#add(network, bytes)
    let left = bytes
    return () => {
      this.#add(network, -left)
      left = 0
    }
  }

  #add(network: string, bytes: number): void {
    this.#bytes += bytes
    const ofNetwork = (this.#ofNetworks.get(network) ?? 0) + bytes
    if (ofNetwork) this.#ofNetworks.set(network, ofNetwork)
    else this.#ofNetworks.delete(network)
  }
}

interface Closable {
  readonly network: string
  close(code: number, reason: string): void
}

/** Messages of one WebSocket that are longer than texts may be. */
export class LargeMessages {
  readonly #held: HeldBytes
  readonly #client: Closable
  #bytes = 0
  #giveBack: (() => void) | undefined

  constructor(held: HeldBytes, client: Closable) {
    this.#held = held
    this.#client = client
  }

  grows(bytes: number): void {
    if (bytes > maxFileBytes) return this.#client.close(closeCodes.tooLarge, tooLargeFile)
    if (bytes <= Math.max(limits.maxFrameBytes, this.#bytes)) return
    this.ends()
    this.#giveBack = this.#held.hold(this.#client.network, bytes)
    if (!this.#giveBack) return this.#client.close(closeCodes.gaveWay, tooManyFiles)
    this.#bytes = bytes
  }

  ends(): void {
    this.#giveBack?.()
    this.#giveBack = undefined
    this.#bytes = 0
  }
}
