/** Images are looked at before they are kept: what is served has no metadata, and what does not decode is no image. */
import { ChatError } from '../../shared/protocol/errors.ts'
import type { InTurn } from '../rate-limit/fair-queue.ts'
import { unknownType } from './description/file-type.ts'
import { ImageFault } from './images/image-fault.ts'
import type { Images } from './images/images.ts'
import type { Inspect } from './kept-files.ts'

const retryMs = 10_000

/** Browsers show these. */
const shownTypes = new Set(['image/jpeg', 'image/png', 'image/apng', 'image/gif', 'image/webp', 'image/avif'])

/** @returns what throws ChatError `unavailable` when nothing is known of an image: it could still say where it was taken */
export function inspectImagesWith(images: Pick<Images, 'inspect'>, inTurn: InTurn): Inspect {
  return async (path, type, by) => {
    if (!type.startsWith('image/')) return { type }
    const seen = await inTurn(by, () => images.inspect(path)).catch((error) => {
      if (!(error instanceof ImageFault)) throw error
      throw new ChatError('unavailable', 'Images cannot be processed at the moment. Try again later.', retryMs)
    })
    const replacement = seen.cleaned === undefined ? {} : { replaceWith: seen.cleaned }
    if (!seen.isImage) return { type: shownTypes.has(type) ? unknownType : type, ...replacement }
    const { width, height, color } = seen
    return { type: seen.type, width, height, color, ...replacement }
  }
}
