/** EXIF data, of which the orientation is the only part that changes how an image looks. */
import { BrokenImage } from './broken-image.ts'

const orientationTag = 0x0112
const shortType = 3

/** JPEG has this in front of the TIFF structure; some writers of WebP have it too. */
export const exifHeader = Buffer.from('Exif\0\0', 'latin1')

/** @param exif with or without the header @returns 1 to 8; 1, as it is, when the data is broken or does not say it */
export function orientationIn(exif: Buffer): number {
  const hasHeader = exif.subarray(0, exifHeader.length).equals(exifHeader)
  try {
    return orientationInTiff(hasHeader ? exif.subarray(exifHeader.length) : exif)
  } catch (error) {
    if (error instanceof RangeError || error instanceof BrokenImage) return 1
    throw error
  }
}

function orientationInTiff(tiff: Buffer): number {
  const order = tiff.toString('latin1', 0, 2)
  if (order !== 'II' && order !== 'MM') throw new BrokenImage('EXIF data has no byte order.')
  const u16 = (at: number) => (order === 'II' ? tiff.readUInt16LE(at) : tiff.readUInt16BE(at))
  const u32 = (at: number) => (order === 'II' ? tiff.readUInt32LE(at) : tiff.readUInt32BE(at))
  const first = u32(4)
  const count = u16(first)
  for (let at = first + 2; at < first + 2 + count * 12; at += 12) {
    if (u16(at) !== orientationTag || u16(at + 2) !== shortType) continue
    const orientation = u16(at + 8)
    return orientation >= 1 && orientation <= 8 ? orientation : 1
  }
  return 1
}

/** The smallest EXIF data that says it, without the header. */
export function exifOf(orientation: number): Buffer {
  const tiff = Buffer.alloc(26)
  tiff.write('MM\0*', 'latin1')
  tiff.writeUInt32BE(8, 4)
  tiff.writeUInt16BE(1, 8)
  tiff.writeUInt16BE(orientationTag, 10)
  tiff.writeUInt16BE(shortType, 12)
  tiff.writeUInt32BE(1, 14)
  tiff.writeUInt16BE(orientation, 18)
  return tiff
}
