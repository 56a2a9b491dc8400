/** What the `meta` box of a HEIC or AVIF says of its items: images, parts of images, EXIF and XMP (ISO/IEC 23008-12). */
import { BrokenImage } from './broken-image.ts'
import { ByteReader } from './byte-reader.ts'
import { type Box, boxesIn } from './heif-boxes.ts'

export interface Extent {
  /** In the file, or in the content of `idat`. */
  isInIdat: boolean
  start: number
  length: number
}

interface Item {
  id: number
  type: string
}

interface Reference {
  type: string
  from: number
  to: number[]
}

/** Before the fields of a box: version and flags. */
const versionBytes = 4

/** Where the bytes of each item are, by its id. @throws BrokenImage */
export function readLocations(bytes: Buffer, { content, end }: Box): Map<number, Extent[]> {
  const reader = new ByteReader(bytes.subarray(0, end), content)
  const version = reader.u8()
  reader.take(versionBytes - 1)
  const sizes = reader.u16()
  const [offsetBytes, lengthBytes, baseBytes, indexBytes] = [
    sizes >> 12,
    (sizes >> 8) & 15,
    (sizes >> 4) & 15,
    sizes & 15,
  ] as const
  // Without a length it is everything, which cannot be told apart from what follows the image.
  if (version > 2 || lengthBytes === 0 || Math.max(offsetBytes, lengthBytes, baseBytes, indexBytes) > 8)
    throw new BrokenImage('The locations of items cannot be read.')
  const locations = new Map<number, Extent[]>()
  const idBytes = version < 2 ? 2 : 4
  for (let left = reader.uint(idBytes); left > 0; left--) {
    const id = reader.uint(idBytes)
    const method = version === 0 ? 0 : reader.u16() & 15
    const source = reader.u16()
    if (method > 1 || source !== 0) throw new BrokenImage('An item is not in the file itself.')
    const base = reader.uint(baseBytes)
    const extents: Extent[] = []
    for (let more = reader.u16(); more > 0; more--) {
      if (version > 0) reader.take(indexBytes)
      extents.push({ isInIdat: method === 1, start: base + reader.uint(offsetBytes), length: reader.uint(lengthBytes) })
    }
    locations.set(id, extents)
  }
  return locations
}

/** The id of the image that is shown. @throws BrokenImage */
export function readPrimary(bytes: Buffer, { content, end }: Box): number {
  const reader = new ByteReader(bytes.subarray(0, end), content)
  const version = reader.u8()
  reader.take(versionBytes - 1)
  return reader.uint(version === 0 ? 2 : 4)
}

/** @throws BrokenImage */
export function readItems(bytes: Buffer, { content, end }: Box): Item[] {
  const reader = new ByteReader(bytes.subarray(0, end), content)
  const version = reader.u8()
  reader.take(versionBytes - 1)
  reader.uint(version === 0 ? 2 : 4)
  return boxesIn(bytes, reader.position, end).map((box) => readItem(bytes, box))
}

function readItem(bytes: Buffer, { type, content, end }: Box): Item {
  const reader = new ByteReader(bytes.subarray(0, end), content)
  const version = reader.u8()
  reader.take(versionBytes - 1)
  if (type !== 'infe' || version < 2) throw new BrokenImage('The items cannot be read.')
  const id = reader.uint(version === 2 ? 2 : 4)
  reader.take(2)
  return { id, type: reader.text(4) }
}

/** @throws BrokenImage */
export function readReferences(bytes: Buffer, { content, end }: Box): Reference[] {
  const idBytes = new ByteReader(bytes.subarray(0, end), content).u8() === 0 ? 2 : 4
  return boxesIn(bytes, content + versionBytes, end).map((box) => {
    const reader = new ByteReader(bytes.subarray(0, box.end), box.content)
    const from = reader.uint(idBytes)
    const to = Array.from({ length: reader.u16() }, () => reader.uint(idBytes))
    return { type: box.type, from, to }
  })
}

/**
 * The items that are needed to draw: what is shown, the parts that it is made of, its transparency, and the same in HDR.
 * Thumbnails, EXIF, XMP and other images of the file are not.
 */
export function neededItems(primary: number, items: readonly Item[], references: readonly Reference[]): Set<number> {
  const parts = new Map<number, number[]>()
  const add = (whole: number, part: number) =>
    parts
      .set(whole, parts.get(whole) ?? [])
      .get(whole)
      ?.push(part)
  for (const { type, from, to } of references) {
    for (const id of to) {
      if (type === 'auxl') add(id, from)
      else add(from, id)
    }
  }
  const needed = new Set([primary, ...items.filter(({ type }) => type === 'tmap').map(({ id }) => id)])
  // A set visits what is added while it is visited.
  for (const id of needed) for (const part of parts.get(id) ?? []) needed.add(part)
  return needed
}
