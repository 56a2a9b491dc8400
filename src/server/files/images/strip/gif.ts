/** GIF89a: blocks, of which comments, texts and data of applications are dropped, but for how often it repeats. */
import { BrokenImage } from './broken-image.ts'
import { ByteReader } from './byte-reader.ts'
import { KeptParts } from './kept-parts.ts'

const extension = 0x21
const image = 0x2c
const trailer = 0x3b
const graphicControl = 0xf9
const plainText = 0x01
const application = 0xff
const loops = new Set(['NETSCAPE2.0', 'ANIMEXTS1.0'])

/** @returns the image without metadata, its coded pixels unchanged, up to its end @throws BrokenImage */
export function stripGif(bytes: Buffer): Buffer[] {
  const reader = new ByteReader(bytes)
  if (!/^GIF8[79]a$/.test(reader.text(6))) throw new BrokenImage('A GIF begins with its signature.')
  reader.take(4)
  readColorTable(reader, reader.take(3)[0])
  const parts = new KeptParts()
  parts.push(bytes.subarray(0, reader.position))
  // Belongs to the next image, and to nothing when a text follows that is dropped.
  let control: Buffer[] = []
  let hasImage = false
  // Many have no trailer: they end with a block.
  while (!reader.isAtEnd) {
    const block = reader.u8()
    if (block === trailer) break
    if (block === extension) {
      const { label, data } = readExtension(reader)
      if (label === graphicControl) control = [data]
      else if (label === plainText) control = []
      else if (label === application) parts.push(...loopIn(data))
    } else if (block === image) {
      parts.push(...control, readImage(reader))
      control = []
      hasImage = true
    } else {
      // Browsers end here too.
      break
    }
  }
  if (!hasImage) throw new BrokenImage('A GIF has an image.')
  return [...parts.list, Buffer.from([trailer])]
}

function readColorTable(reader: ByteReader, flags = 0): void {
  if (flags & 0x80) reader.take(3 * 2 ** ((flags & 0x07) + 1))
}

/** @returns the whole extension as `data` */
function readExtension(reader: ByteReader): { label: number; data: Buffer } {
  const start = reader.position - 1
  const label = reader.u8()
  passSubBlocks(reader)
  return { label, data: reader.bytes.subarray(start, reader.position) }
}

function readImage(reader: ByteReader): Buffer {
  const start = reader.position - 1
  readColorTable(reader, reader.take(9)[8])
  reader.take(1)
  passSubBlocks(reader)
  return reader.bytes.subarray(start, reader.position)
}

function passSubBlocks(reader: ByteReader): void {
  for (let length = reader.u8(); length !== 0; length = reader.u8()) reader.take(length)
}

/** Introducer, label, length and name; then a sub-block of three bytes: 1 and the count. */
function loopIn(data: Buffer): Buffer[] {
  const isLoop = data[2] === 11 && loops.has(data.toString('latin1', 3, 14)) && data[14] === 3 && data[15] === 1
  return isLoop ? [data.subarray(0, 18), Buffer.from([0])] : []
}
