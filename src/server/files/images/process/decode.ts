/** Decodes images. The only file that imports `sharp`: a fault in its native code must end this process and no other. */
import sharp, { type Metadata, type Sharp } from 'sharp'
import { type Description, type ImageLimits, type PreviewSize, picturePixels, previewPixels } from '../contract.ts'
import { typeOf } from './clean.ts'

sharp.concurrency(1)
sharp.cache(false)
sharp.block({ operation: ['VipsForeignLoad'] })
sharp.unblock({ operation: ['Jpeg', 'Png', 'Nsgif', 'Webp', 'Heif'].map((name) => `VipsForeignLoad${name}`) })

const formats = new Map([
  ['jpeg', 'image/jpeg'],
  ['png', 'image/png'],
  ['gif', 'image/gif'],
  ['webp', 'image/webp'],
  ['heif', 'image/avif'],
])

/** The sample of which the colour is the mean. */
const samplePixels = 32
const quality = 78

/** The file can be decoded, but is not what this server shows. */
export class RefusedImage extends Error {
  override readonly name = 'RefusedImage'
}

/** @throws RefusedImage; errors of sharp for what cannot be decoded */
export async function describe(path: string, limits: ImageLimits): Promise<Description> {
  const { width, height } = (await readMetadata(path, limits)).autoOrient
  return { width, height, color: await meanColor(path, limits) }
}

/** @returns a WebP that stands still, without metadata @throws RefusedImage; errors of sharp for what cannot be decoded */
export async function preview(path: string, size: PreviewSize, limits: ImageLimits): Promise<Buffer> {
  const side = previewPixels[size]
  return await read(path, limits)
    .resize(side, side, { fit: 'inside', withoutEnlargement: true })
    .webp({ quality })
    .toBuffer()
}

/** The same, of a square. @throws as `preview` does */
export async function picture(path: string, limits: ImageLimits): Promise<Buffer> {
  await readMetadata(path, limits)
  return await read(path, limits).resize(picturePixels, picturePixels, { fit: 'cover' }).webp({ quality }).toBuffer()
}

async function readMetadata(path: string, limits: ImageLimits): Promise<Metadata> {
  const metadata = await read(path, limits).metadata()
  if (formats.get(metadata.format) !== (await typeOf(path))) throw new RefusedImage('It is another format.')
  if ((metadata.pages ?? 1) > limits.frames) throw new RefusedImage('It has too many frames.')
  return metadata
}

function read(path: string, { pixels }: ImageLimits): Sharp {
  return sharp(path, { failOn: 'error', limitInputPixels: pixels, sequentialRead: true, autoOrient: true })
}

/** What is transparent counts as little as it is seen. */
async function meanColor(path: string, limits: ImageLimits): Promise<string> {
  const pixels = await read(path, limits)
    .resize(samplePixels, samplePixels, { fit: 'inside', withoutEnlargement: true })
    .toColourspace('srgb')
    .ensureAlpha()
    .raw({ depth: 'uchar' })
    .toBuffer()
  let [red, green, blue, weight] = [0, 0, 0, 0]
  for (let at = 0; at + 3 < pixels.length; at += 4) {
    const [r = 0, g = 0, b = 0, alpha = 0] = pixels.subarray(at, at + 4)
    red += r * alpha
    green += g * alpha
    blue += b * alpha
    weight += alpha
  }
  const mean = (sum: number) => Math.round(weight ? sum / weight : 0xff)
  return `#${[red, green, blue].map((sum) => mean(sum).toString(16).padStart(2, '0')).join('')}`
}
