/** The boxes of ISO base media files (ISO/IEC 14496-12), which HEIC and AVIF are. */
import { BrokenImage } from './broken-image.ts'
import { ByteReader } from './byte-reader.ts'
import { maxParts } from './kept-parts.ts'

export interface Box {
  type: string
  /** In the file: of the header, of the content, and after it. */
  start: number
  content: number
  end: number
}

/**
 * The box that begins there.
 * @param limit where the box around it ends
 * @throws BrokenImage
 */
export function boxAt(bytes: Buffer, start: number, limit: number): Box {
  const reader = new ByteReader(bytes.subarray(0, limit), start)
  const size = reader.u32()
  const type = reader.text(4)
  // 1: the size follows, as 64 bits. 0: to the end.
  const end = size === 0 ? limit : start + (size === 1 ? reader.uint(8) : size)
  if (end < reader.position || end > limit) throw new BrokenImage('A box ends outside of what is around it.')
  return { type, start, content: reader.position, end }
}

/** All boxes between the two positions. @throws BrokenImage */
export function boxesIn(bytes: Buffer, from: number, to: number): Box[] {
  const boxes: Box[] = []
  for (let at = from; at < to; ) {
    const box = boxAt(bytes, at, to)
    boxes.push(box)
    if (boxes.length > maxParts) throw new BrokenImage('There are too many boxes.')
    at = box.end
  }
  return boxes
}
