import type { ImageType } from '../image-type.ts'
import { stripGif } from './gif.ts'
import { stripHeif } from './heif.ts'
import { stripJpeg } from './jpeg.ts'
import { stripPng } from './png.ts'
import { stripWebp } from './webp.ts'

const strippers: Record<ImageType, (bytes: Buffer) => Buffer[]> = {
  'image/jpeg': stripJpeg,
  'image/png': stripPng,
  'image/gif': stripGif,
  'image/webp': stripWebp,
  'image/avif': stripHeif,
  'image/heic': stripHeif,
}

/**
 * The image without location, device data, comments, thumbnails and other metadata, and without what follows its end.
 * The coded pixels stay as they are, and so does how it looks: colour profile, orientation and repetitions are kept.
 * @returns the parts of the file, in order @throws BrokenImage
 */
export function stripImage(bytes: Buffer, type: ImageType): Buffer[] {
  return strippers[type](bytes)
}
