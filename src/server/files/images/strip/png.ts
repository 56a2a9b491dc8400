/** PNG (third edition): chunks, of which the ancillary ones are dropped unless they change the look. */
import { crc32 } from 'node:zlib'
import { BrokenImage } from './broken-image.ts'
import { ByteReader } from './byte-reader.ts'
import { KeptParts } from './kept-parts.ts'
import { exifOf, orientationIn } from './orientation.ts'

export const pngSignature = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1')

const critical = new Set(['IHDR', 'PLTE', 'IDAT', 'IEND'])
/** Transparency, colours, the size of a pixel, HDR, and the frames of an animation. */
const visible = new Set('tRNS gAMA cHRM sRGB iCCP sBIT bKGD pHYs cICP mDCV cLLI acTL fcTL fdAT'.split(' '))
/** Length, type and checksum. */
const frameBytes = 12

/** @returns the image without metadata, its coded pixels unchanged, up to its end @throws BrokenImage */
export function stripPng(bytes: Buffer): Buffer[] {
  const reader = new ByteReader(bytes)
  if (!reader.take(pngSignature.length).equals(pngSignature)) throw new BrokenImage('A PNG begins with its signature.')
  const parts = new KeptParts()
  parts.push(pngSignature)
  let seen = 0
  for (let type = ''; type !== 'IEND'; ) {
    const start = reader.position
    const length = reader.u32()
    type = reader.text(4)
    const content = reader.take(length)
    reader.take(4)
    if ((seen++ === 0) !== (type === 'IHDR')) throw new BrokenImage('A PNG has one IHDR, first.')
    const isCritical = /^[A-Z]/.test(type)
    if (isCritical && !critical.has(type)) throw new BrokenImage('A critical chunk of a PNG is not known.')
    if (isCritical || visible.has(type)) parts.push(bytes.subarray(start, start + frameBytes + length))
    else if (type === 'eXIf') parts.push(...orientationChunk(orientationIn(content)))
  }
  return parts.list
}

function orientationChunk(orientation: number): Buffer[] {
  if (orientation === 1) return []
  const content = exifOf(orientation)
  const chunk = Buffer.alloc(content.length + frameBytes)
  chunk.writeUInt32BE(content.length)
  chunk.write('eXIf', 4, 'latin1')
  content.copy(chunk, 8)
  chunk.writeUInt32BE(crc32(chunk.subarray(4, -4)), chunk.length - 4)
  return [chunk]
}
