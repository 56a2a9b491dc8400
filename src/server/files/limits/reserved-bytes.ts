import { ChatError } from '../../../shared/protocol/errors.ts'

const retryMs = 30_000

export interface FileDisk {
  /** Bytes that files leave free. */
  readonly keptFreeBytes: number
  fits(bytes: number): Promise<boolean>
}

/** Room on the disk for bytes that were announced and have not come yet: uploads that come together must fit together. */
export class ReservedBytes {
  readonly #disk: FileDisk
  #bytes = 0

  constructor(disk: FileDisk) {
    this.#disk = disk
  }

  /**
   * @param work what may need so many bytes; it tells how many have come, as those are on the disk
   * @throws ChatError `unavailable`, and what `work` throws
   */
  async hold<Result>(bytes: number, work: (arrived: (bytes: number) => void) => Promise<Result>): Promise<Result> {
    let left = bytes
    const release = (some: number) => {
      const released = Math.min(some, left)
      left -= released
      this.#bytes -= released
    }
    // Before the disk is looked at: others that look meanwhile count it.
    this.#bytes += bytes
    try {
      if (!(await this.#disk.fits(this.#bytes))) throw nearlyFull(this.#disk)
      return await work(release)
    } finally {
      release(left)
    }
  }
}

function nearlyFull({ keptFreeBytes }: FileDisk): ChatError {
  const message = `The disk is nearly full: ${keptFreeBytes} bytes of it must stay free. Try again later.`
  return new ChatError('unavailable', message, retryMs)
}
