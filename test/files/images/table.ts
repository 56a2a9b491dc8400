/** Files as people send them, and what the server says of each. */
import {
  asHeic,
  flatPng,
  gifOf,
  height,
  picture,
  secret,
  width,
  withGifExtensions,
  withMetadata,
  withPngChunk,
  withSegment,
} from './samples.ts'

export interface Sample {
  make(): Promise<Buffer> | Buffer
  /** What is said, or undefined of a plain file. */
  image?: { type: string; width: number; height: number }
  /** Whether something is removed. */
  isCleaned: boolean
}

const zip = Buffer.from(`PK\x03\x04 ${secret} PK\x05\x06`, 'latin1')
const script = Buffer.from(`*/=1;alert('${secret}')//`)
const size = { width, height }
const jpeg = { type: 'image/jpeg', ...size }
const png = { type: 'image/png', ...size }
const gif = { type: 'image/gif', ...size }
const webp = { type: 'image/webp', ...size }
const avif = { type: 'image/avif', ...size }
const gifFrames = { delay: [100, 100, 100], loop: 3 }

function orientedJpeg(orientation: number): [string, Sample] {
  const image = orientation > 4 ? { ...jpeg, width: height, height: width } : jpeg
  const make = () => withMetadata(picture(), orientation).jpeg().toBuffer()
  return [`a JPEG with GPS in orientation ${orientation}`, { make, image, isCleaned: true }]
}

export const table: [string, Sample][] = [
  ...[1, 2, 3, 4, 5, 6, 7, 8].map(orientedJpeg),
  ['a JPEG without metadata', { make: () => picture().jpeg().toBuffer(), image: jpeg, isCleaned: false }],
  [
    'a progressive JPEG',
    { make: () => withMetadata(picture()).jpeg({ progressive: true }).toBuffer(), image: jpeg, isCleaned: true },
  ],
  [
    'a JPEG in CMYK',
    { make: () => withMetadata(picture().toColourspace('cmyk')).jpeg().toBuffer(), image: jpeg, isCleaned: true },
  ],
  [
    'a JPEG in grey',
    { make: () => withMetadata(picture().grayscale()).jpeg().toBuffer(), image: jpeg, isCleaned: true },
  ],
  [
    'a JPEG with a comment',
    { make: async () => withSegment(await picture().jpeg().toBuffer(), 0xfe, ''), image: jpeg, isCleaned: true },
  ],
  [
    'a JPEG with IPTC',
    {
      make: async () => withSegment(await picture().jpeg().toBuffer(), 0xed, 'Photoshop 3.0\0'),
      image: jpeg,
      isCleaned: true,
    },
  ],
  [
    'a JPEG with a second image',
    {
      make: async () =>
        withSegment(
          Buffer.concat([await picture().jpeg().toBuffer(), await withMetadata(picture()).jpeg().toBuffer()]),
          0xe2,
          'MPF\0',
        ),
      image: jpeg,
      isCleaned: true,
    },
  ],
  [
    'a JPEG that is a ZIP too',
    { make: async () => Buffer.concat([await picture().jpeg().toBuffer(), zip]), image: jpeg, isCleaned: true },
  ],
  [
    'a JPEG that was cut off',
    { make: async () => (await withMetadata(picture()).jpeg().toBuffer()).subarray(0, -200), isCleaned: true },
  ],
  ['a PNG with EXIF and XMP', { make: () => withMetadata(picture()).png().toBuffer(), image: png, isCleaned: true }],
  [
    'a PNG in orientation 6',
    {
      make: () => withMetadata(picture(), 6).png().toBuffer(),
      image: { ...png, width: height, height: width },
      isCleaned: true,
    },
  ],
  [
    'a PNG with 16 bits and a text',
    {
      make: async () =>
        withPngChunk(await picture().toColourspace('rgb16').png().toBuffer(), 'tEXt', Buffer.from(`Author\0${secret}`)),
      image: png,
      isCleaned: true,
    },
  ],
  [
    'a PNG with a palette and transparency',
    {
      make: () => withMetadata(picture().ensureAlpha(0.5)).png({ palette: true }).toBuffer(),
      image: png,
      isCleaned: true,
    },
  ],
  [
    'a PNG that is a ZIP too',
    { make: async () => Buffer.concat([await picture().png().toBuffer(), zip]), image: png, isCleaned: true },
  ],
  ['a PNG of 1.6 billion pixels', { make: () => flatPng(40_000, 40_000), isCleaned: false }],
  ['a PNG of no width', { make: () => flatPng(0, 10), isCleaned: false }],
  ['a PNG without pixels', { make: async () => withoutPixels(await picture().png().toBuffer()), isCleaned: false }],
  ['a GIF', { make: () => picture().gif().toBuffer(), image: gif, isCleaned: false }],
  [
    'an animated GIF with a comment, a text and XMP',
    {
      make: async () => withGifExtensions(await picture(3).gif(gifFrames).toBuffer()),
      image: gif,
      isCleaned: true,
    },
  ],
  [
    'a GIF that is a script too',
    { make: async () => Buffer.concat([await picture().gif().toBuffer(), script]), image: gif, isCleaned: true },
  ],
  ['a GIF of 30,000 frames', { make: () => gifOf(30_000), isCleaned: false }],
  [
    'a GIF of no width, which decoders read as one pixel',
    { make: () => gifOf(1, 0), image: { ...gif, width: 1, height: 1 }, isCleaned: false },
  ],
  ['a WebP with EXIF and XMP', { make: () => withMetadata(picture()).webp().toBuffer(), image: webp, isCleaned: true }],
  [
    'a lossless WebP with transparency',
    {
      make: () => withMetadata(picture().ensureAlpha(0.5)).webp({ lossless: true }).toBuffer(),
      image: webp,
      isCleaned: true,
    },
  ],
  [
    'a WebP in orientation 8',
    {
      make: () => withMetadata(picture(), 8).webp().toBuffer(),
      image: { ...webp, width: height, height: width },
      isCleaned: true,
    },
  ],
  [
    'an animated WebP',
    {
      make: () => withMetadata(picture(3)).webp(gifFrames).toBuffer(),
      image: webp,
      isCleaned: true,
    },
  ],
  [
    'a WebP that is a ZIP too',
    { make: async () => Buffer.concat([await picture().webp().toBuffer(), zip]), image: webp, isCleaned: true },
  ],
  [
    'an AVIF with EXIF and XMP',
    { make: () => withMetadata(picture()).avif({ effort: 0 }).toBuffer(), image: avif, isCleaned: true },
  ],
  [
    'an AVIF that is a ZIP too',
    {
      make: async () => Buffer.concat([await picture().avif({ effort: 0 }).toBuffer(), zip]),
      image: avif,
      isCleaned: true,
    },
  ],
  [
    'a HEIC',
    { make: async () => asHeic(await withMetadata(picture()).avif({ effort: 0 }).toBuffer()), isCleaned: true },
  ],
  [
    'a HEIC of several pictures',
    { make: async () => asHeic(await withMetadata(picture()).avif({ effort: 0 }).toBuffer(), 'heim'), isCleaned: true },
  ],
  [
    'a file that begins like a HEIC',
    { make: () => Buffer.from('\0\0\0\x18ftypheic\0\0\0\0mif1heic and nothing else', 'latin1'), isCleaned: false },
  ],
  [
    'an SVG with a script',
    {
      make: () =>
        Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script>alert(1)</script></svg>'),
      isCleaned: false,
    },
  ],
  ['a TIFF', { make: () => picture().tiff().toBuffer(), isCleaned: false }],
  ['HTML', { make: () => Buffer.from('<!doctype html><script>alert(1)</script>'), isCleaned: false }],
  ['an empty file', { make: () => Buffer.alloc(0), isCleaned: false }],
]

/** Its pixels are cut off, and its end is there. */
function withoutPixels(png: Buffer): Buffer {
  const data = png.indexOf('IDAT') - 4
  return Buffer.concat([png.subarray(0, data), png.subarray(-12)])
}
