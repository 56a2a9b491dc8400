/** Real images, made here with sharp and by hand, with everything in them that they should not give away. */
import { crc32, deflateSync } from 'node:zlib'
import sharp, { type Sharp } from 'sharp'

/** Stands in each sample that has metadata, and may not stand in what is served. */
export const secret = 'SecretCamera 52.5200N'
export const width = 60
export const height = 40

/** Each pixel has another colour than its neighbours, so that a turned or shifted picture is another one. */
export function picture(frames = 1): Sharp {
  const pixels = Buffer.alloc(width * height * frames * 3)
  for (let at = 0; at < pixels.length; at += 3) {
    const [x, y] = [(at / 3) % width, Math.floor(at / 3 / width)]
    pixels.set([x * 4, (y * 6) % 256, (x * y + Math.floor(y / height) * 50) % 256], at)
  }
  const raw = { width, height: height * frames, channels: 3 as const }
  return sharp(pixels, { raw: frames > 1 ? { ...raw, pageHeight: height } : raw })
}

/** Says where it was taken, with which camera, and what the photographer thinks. */
export function withMetadata(image: Sharp, orientation = 1): Sharp {
  const gps = { GPSLatitudeRef: 'N', GPSLatitude: '52/1 31/1 12/1', GPSAreaInformation: secret }
  return image
    .withExif({
      IFD0: { Make: secret, Model: secret },
      IFD2: { UserComment: secret },
      IFD3: gps,
    })
    .withXmp(`<x:xmpmeta xmlns:x="adobe:ns:meta/"><!-- ${secret} --></x:xmpmeta>`)
    .withMetadata({ orientation })
}

/** A segment of a JPEG with the secret, right after the start. */
export function withSegment(jpeg: Buffer, marker: number, start: string): Buffer {
  const payload = Buffer.from(start + secret, 'latin1')
  const header = Buffer.from([0xff, marker, 0, payload.length + 2])
  return Buffer.concat([jpeg.subarray(0, 2), header, payload, jpeg.subarray(2)])
}

export function pngChunk(type: string, content: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), content])
  return Buffer.concat([uint32(content.length), body, uint32(crc32(body))])
}

/** A chunk right after the header of a PNG. */
export function withPngChunk(png: Buffer, type: string, content: Buffer): Buffer {
  const afterHeader = 8 + 25
  return Buffer.concat([png.subarray(0, afterHeader), pngChunk(type, content), png.subarray(afterHeader)])
}

/** A PNG of one bit for each pixel: large when it is decoded, and small as it is. */
export function flatPng(width: number, height: number): Buffer {
  const header = Buffer.concat([uint32(width), uint32(height), Buffer.from([1, 0, 0, 0, 0])])
  const rows = Math.min(height, 20_000)
  const data = deflateSync(Buffer.alloc((Math.ceil(width / 8) + 1) * rows))
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    pngChunk('IHDR', header),
    pngChunk('IDAT', data),
    pngChunk('IEND', Buffer.alloc(0)),
  ])
}

/** A GIF of one pixel that has many frames. */
export function gifOf(frames: number, width = 1): Buffer {
  const header = Buffer.from([...Buffer.from('GIF89a'), width, 0, 1, 0, 0x80, 0, 0, 0, 0, 0, 255, 255, 255])
  const control = [0x21, 0xf9, 4, 0, 5, 0, 0, 0]
  const frame = Buffer.from([...control, 0x2c, 0, 0, 0, 0, width, 0, 1, 0, 0, 2, 2, 0x44, 1, 0])
  return Buffer.concat([header, ...Array.from({ length: frames }, () => frame), Buffer.from([0x3b])])
}

/** A comment, a text, XMP and an empty name of an application, before the first image of a GIF. */
export function withGifExtensions(gif: Buffer): Buffer {
  const [flags = 0] = gif.subarray(10)
  const start = 13 + (flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0)
  const block = (text: string) => [text.length, ...Buffer.from(text, 'latin1')]
  const extensions = [
    [0x21, 0xfe, ...block(secret), 0],
    [0x21, 0xff, ...block('XMP DataXMP'), ...block(secret), 0],
    [0x21, 0x01, ...block('\0\0\0\0\x01\0\x01\0\x08\x08\x01\0'), ...block(secret), 0],
  ]
  return Buffer.concat([gif.subarray(0, start), Buffer.from(extensions.flat()), gif.subarray(start)])
}

/** The same container with the brands of HEIC, which cannot be decoded here. */
export function asHeic(avif: Buffer, brand = 'heic'): Buffer {
  const heic = Buffer.from(avif)
  const size = heic.readUInt32BE()
  for (let at = 8; at < size; at += 4) if (at !== 12) heic.write(at === 8 ? brand : 'mif1', at, 'latin1')
  return heic
}

export interface HeifItem {
  type: string
  data: string
  /** The type of its reference, and the items that it names by their place in the list, from 1. */
  reference?: [type: string, ...to: number[]]
  /** Its data are those of the first item, and `data` is in no item. */
  isShared?: boolean
}

/** An AVIF, the first item of which is shown. */
export function heifOf(items: readonly HeifItem[]): Buffer {
  const type = box('ftyp', 'avif', uint32(0), 'avifmif1')
  const withDataAt = (start: number) => [type, metaOf(items, start), box('mdat', ...items.map(({ data }) => data))]
  const [head = type, meta = type] = withDataAt(0)
  return Buffer.concat(withDataAt(head.length + meta.length + 8))
}

function metaOf(items: readonly HeifItem[], start: number): Buffer {
  const version = (number: number) => Buffer.from([number, 0, 0, 0])
  const infos = items.map(({ type }, at) => box('infe', version(2), uint16(at + 1), uint16(0), type, 'a name\0'))
  const references = items.flatMap(({ reference }, at) => {
    const [type = '', ...to] = reference ?? []
    return type ? [box(type, uint16(at + 1), uint16(to.length), ...to.map(uint16))] : []
  })
  let offset = start
  const locations = items.map(({ data, isShared }, at) => {
    offset += data.length
    const [from, length] = isShared ? [start, items[0]?.data.length ?? 0] : [offset - data.length, data.length]
    return Buffer.concat([uint16(at + 1), uint16(0), uint16(1), uint32(from), uint32(length)])
  })
  return box(
    'meta',
    version(0),
    box('pitm', version(0), uint16(1)),
    box('iloc', version(0), uint16(0x4400), uint16(items.length), ...locations),
    box('iinf', version(0), uint16(items.length), ...infos),
    box('iref', version(0), ...references),
    box('xml ', version(0), secret),
  )
}

function box(type: string, ...content: (Buffer | string)[]): Buffer {
  const body = Buffer.concat(
    [type, ...content].map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : part)),
  )
  return Buffer.concat([uint32(body.length + 4), body])
}

function uint16(value: number): Buffer {
  return Buffer.from([value >> 8, value & 0xff])
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}
