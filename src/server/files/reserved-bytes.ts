import { ChatError } from '../../shared/protocol/errors.ts'

const retryMs = 30_000

/** Room on the disk for bytes that were announced and have not come yet: uploads that come together must fit together. */
export class ReservedBytes {
  readonly #disk: { fits(bytes: number): Promise<boolean> }
  #bytes = 0

  constructor(disk: { fits(bytes: number): Promise<boolean> }) {
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
      if (!(await this.#disk.fits(this.#bytes)))
        throw new ChatError('unavailable', 'The disk is nearly full. Try again later.', retryMs)
      return await work(release)
    } finally {
      release(left)
    }
  }
}
