/** Pictures of users and rooms: small squares, kept as the bytes of files are. */
import { rm, writeFile } from 'node:fs/promises'
import { ChatError } from '../../shared/protocol/errors.ts'
import type { InTurn } from '../rate-limit/fair-queue.ts'
import type { Picture } from '../store/store.ts'
import { ImageFault } from './images/image-fault.ts'
import type { Images } from './images/images.ts'
import type { KeptFiles } from './kept-files.ts'

const retryMs = 10_000

interface Needs {
  images: Pick<Images, 'picture'>
  inTurn: InTurn
  kept: Pick<KeptFiles, 'keepFor' | 'removeUnused'>
}

export class Pictures {
  readonly #needs: Needs

  constructor(needs: Needs) {
    this.#needs = needs
  }

  /**
   * Makes a picture of what was uploaded.
   * @param path a file, which is only read @param by for whom: see `InTurn` @param note stores it
   * @throws ChatError `bad-field` for what is no image, `unavailable`; what `note` throws
   */
  async take<Result>(path: string, by: string, note: (picture: Picture) => Promise<Result>): Promise<Result> {
    const { images, inTurn, kept } = this.#needs
    const square = `${path}.picture`
    try {
      await writeFile(square, await inTurn(by, () => images.picture(path)).catch(refuse))
      return await kept.keepFor(square, by, note)
    } finally {
      await rm(square, { force: true })
    }
  }

  /** After it was replaced or removed. Another user or file may have the same bytes. */
  async removeUnused(picture: Picture | undefined): Promise<void> {
    if (picture) await this.#needs.kept.removeUnused([picture.hash])
  }
}

function refuse(error: unknown): never {
  if (!(error instanceof ImageFault)) throw error
  if (error.reason === 'refused') throw new ChatError('bad-field', 'This is not an image that can be shown.')
  throw new ChatError('unavailable', 'Images cannot be processed at the moment. Try again later.', retryMs)
}
