import { closeCodes } from '../../../shared/protocol/close-codes.ts'
import { limits } from '../../../shared/protocol/limits.ts'
import { maxFileBytes, tooLargeFile, tooManyFiles } from './file-limits.ts'

const maxHeldBytes = 64 * 1024 * 1024

/** Bytes of files that clients of Socket.IO have in memory, all of them together. */
export class HeldBytes {
  readonly #most: number
  #bytes = 0

  constructor(most = maxHeldBytes) {
    this.#most = most
  }

  /** @returns gives them back, once; undefined when there is no room for so many */
  hold(bytes: number): (() => void) | undefined {
    if (this.#bytes + bytes > this.#most) return undefined
    this.#bytes += bytes
    let left = bytes
    return () => {
      this.#bytes -= left
      left = 0
    }
  }
}

interface Place {
  close(code: number, reason: string): void
}

/** Messages of one WebSocket that are longer than texts may be. */
export class LargeMessages {
  readonly #held: HeldBytes
  readonly #place: Place
  #giveBack: (() => void) | undefined

  constructor(held: HeldBytes, place: Place) {
    this.#held = held
    this.#place = place
  }

  grows(bytes: number): void {
    if (bytes > maxFileBytes) return this.#place.close(closeCodes.tooLarge, tooLargeFile)
    if (bytes <= limits.maxFrameBytes || this.#giveBack) return
    // It may have further frames.
    this.#giveBack = this.#held.hold(maxFileBytes)
    if (!this.#giveBack) this.#place.close(closeCodes.gaveWay, tooManyFiles)
  }

  ends(): void {
    this.#giveBack?.()
    this.#giveBack = undefined
  }
}
