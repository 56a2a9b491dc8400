/** WebP (RFC 9649): chunks in a RIFF file, of which EXIF, XMP and unknown ones are dropped. */
import { BrokenImage } from './broken-image.ts'
import { ByteReader } from './byte-reader.ts'
import { maxParts } from './kept-parts.ts'
import { exifOf, orientationIn } from './orientation.ts'

const exifFlag = 0x08
const xmpFlag = 0x04
const imageChunks = new Set(['ALPH', 'VP8 ', 'VP8L'])
const keptChunks = new Set([...imageChunks, 'ICCP', 'ANIM'])
/** Place, size, duration and flags of a frame, before its chunks. */
const frameHeaderBytes = 16

/** @returns the image without metadata, its coded pixels unchanged, up to its end @throws BrokenImage */
export function stripWebp(bytes: Buffer): Buffer[] {
  const reader = new ByteReader(bytes)
  if (reader.text(4) !== 'RIFF') throw new BrokenImage('A WebP is a RIFF file.')
  const content = new ByteReader(reader.take(reader.take(4).readUInt32LE()))
  if (content.text(4) !== 'WEBP') throw new BrokenImage('A WebP says that it is one.')
  const chunks = chunksOf(content)
  if (chunks.length === 0) throw new BrokenImage('A WebP has an image.')
  const parts = chunks[0]?.type === 'VP8X' ? extended(chunks) : chunks.slice(0, 1).flatMap(simple)
  const size = Buffer.alloc(4)
  size.writeUInt32LE(parts.reduce((sum, part) => sum + part.length, 4))
  return [Buffer.from('RIFF'), size, Buffer.from('WEBP'), ...parts]
}

interface Chunk {
  type: string
  payload: Buffer
}

function chunksOf(reader: ByteReader): Chunk[] {
  const chunks: Chunk[] = []
  while (!reader.isAtEnd) {
    const type = reader.text(4)
    const length = reader.take(4).readUInt32LE()
    chunks.push({ type, payload: reader.take(length) })
    if (chunks.length > maxParts) throw new BrokenImage('A WebP has too many chunks.')
    // Some writers leave out the padding of the last one.
    if (length % 2 && !reader.isAtEnd) reader.take(1)
  }
  return chunks
}

function simple({ type, payload }: Chunk): Buffer[] {
  if (type !== 'VP8 ' && type !== 'VP8L') throw new BrokenImage('A simple WebP has one image.')
  return chunk(type, payload)
}

function extended([header, ...chunks]: Chunk[]): Buffer[] {
  const exif = chunks.find(({ type }) => type === 'EXIF')
  const orientation = exif ? orientationIn(exif.payload) : 1
  const flags = Buffer.from(header?.payload ?? [])
  if (flags.length !== 10) throw new BrokenImage('VP8X of a WebP has ten bytes.')
  flags[0] = ((flags[0] ?? 0) & ~(exifFlag | xmpFlag)) | (orientation === 1 ? 0 : exifFlag)
  return [
    ...chunk('VP8X', flags),
    ...chunks.flatMap(kept),
    ...(orientation === 1 ? [] : chunk('EXIF', exifOf(orientation))),
  ]
}

function kept({ type, payload }: Chunk): Buffer[] {
  if (type === 'ANMF') return chunk(type, frame(payload))
  return keptChunks.has(type) ? chunk(type, payload) : []
}

function frame(payload: Buffer): Buffer {
  const reader = new ByteReader(payload)
  const header = reader.take(frameHeaderBytes)
  const image = chunksOf(reader).filter(({ type }) => imageChunks.has(type))
  return Buffer.concat([header, ...image.flatMap(({ type, payload }) => chunk(type, payload))])
}

function chunk(type: string, payload: Buffer): Buffer[] {
  const header = Buffer.alloc(8)
  header.write(type, 'latin1')
  header.writeUInt32LE(payload.length, 4)
  return [header, payload, Buffer.alloc(payload.length % 2)]
}
