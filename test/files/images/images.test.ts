/** What the server says of real files, and what it makes of them. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createImages, type Images, type Inspected } from '../../../src/server/files/images/images.ts'
import { recordedLog } from '../../support/recorded-log.ts'
import { temporaryFolder } from '../../support/server/server.ts'
import { flatPng, height, picture, secret, width, withMetadata } from './samples.ts'
import { table } from './table.ts'

const record = recordedLog()
let images: Images
beforeAll(() => {
  images = createImages({ log: record.log })
})
afterAll(() => images.close())

function fileOf(t: Parameters<typeof temporaryFolder>[0], bytes: Buffer): string {
  const path = join(temporaryFolder(t), 'upload')
  writeFileSync(path, bytes)
  return path
}

const served = (path: string, { cleaned }: Inspected) => readFileSync(cleaned ?? path)

/** Of all frames, without the orientation applied. */
async function pixelsOf(bytes: Buffer): Promise<Buffer> {
  return await sharp(bytes, { animated: true, failOn: 'error' }).raw().toBuffer()
}

/** The mean over all pixels and colours. */
async function differenceOf(one: Buffer, other: Buffer): Promise<number> {
  const [left, right] = [await pixelsOf(one), await pixelsOf(other)]
  return left.reduce((sum, value, at) => sum + Math.abs(value - (right[at] ?? 0)), 0) / left.length
}

describe('inspected file', () => {
  it.for(table)('that is %s is recognised and served without metadata', async ([, sample], t) => {
    const bytes = await sample.make()
    const path = fileOf(t, bytes)
    const inspected = await images.inspect(path)
    const { image } = sample
    if (image) expect(inspected).toMatchObject({ isImage: true, ...image })
    else expect(inspected).toMatchObject({ isImage: false })
    expect(readFileSync(path).equals(bytes), 'it is only read').toBe(true)
    expect(inspected.cleaned).toBe(sample.isCleaned ? `${path}.cleaned` : undefined)
    expect(existsSync(`${path}.cleaned`)).toBe(sample.isCleaned)
    const after = served(path, inspected)
    if (sample.isCleaned) {
      expect(bytes.includes(secret), 'the secret must be there for this test to mean anything').toBe(true)
      expect(after.includes(secret)).toBe(false)
      expect(await images.inspect(inspected.cleaned ?? ''), 'nothing is left to remove').not.toHaveProperty('cleaned')
    }
    if (image) expect((await pixelsOf(after)).equals(await pixelsOf(bytes)), 'the pixels are the same').toBe(true)
  })

  it.for(['jpeg', 'png', 'webp', 'gif'] as const)(
    'a %s keeps colours, orientation and repetitions',
    async (format, t) => {
      const original =
        format === 'gif'
          ? picture(3).gif({ loop: 7, delay: [50, 60, 70] })
          : withMetadata(picture(), 5).withIccProfile('p3')[format]()
      const bytes = await original.toBuffer()
      const path = fileOf(t, bytes)
      const after = served(path, await images.inspect(path))
      const keptOf = async (file: Buffer) => {
        const { icc, orientation, loop, delay, pages, space, depth } = await sharp(file).metadata()
        return { icc: icc?.toString('base64'), orientation, loop, delay, pages, space, depth }
      }
      expect(await keptOf(after)).toEqual(await keptOf(bytes))
      const { exif, xmp, iptc } = await sharp(after).metadata()
      expect([exif?.length ?? 0, xmp, iptc]).toEqual([format === 'gif' ? 0 : expect.any(Number), undefined, undefined])
      expect(exif?.length ?? 0, 'EXIF holds the orientation and nothing else').toBeLessThanOrEqual(32)
    },
  )

  it.for([
    ['red', '#ff0000'],
    ['rgba(0,0,255,0.5)', '#0000ff'],
    ['rgba(0,0,0,0)', '#ffffff'],
  ])('says the mean colour of %s', async ([background = '', color], t) => {
    const png = await sharp({ create: { width, height, channels: 4, background } })
      .png()
      .toBuffer()
    expect(await images.inspect(fileOf(t, png))).toMatchObject({ isImage: true, color })
  })

  it('leaves no file beside one that cannot be read', async (t) => {
    const path = join(temporaryFolder(t), 'absent')
    await expect(images.inspect(path)).rejects.toMatchObject({ name: 'ImageFault', reason: 'failed' })
    expect(existsSync(`${path}.cleaned`)).toBe(false)
  })

  it('is a plain file when it is larger than an image may be', async (t) => {
    const bytes = await picture().png().toBuffer()
    const small = createImages({ log: record.log, limits: { fileBytes: bytes.length - 1 } })
    t.onTestFinished(() => small.close())
    expect(await images.inspect(fileOf(t, bytes))).toMatchObject({ isImage: true })
    expect(await small.inspect(fileOf(t, bytes))).toEqual({ isImage: false })
  })
})

describe('preview', () => {
  const metadataOf = (webp: Buffer) => sharp(webp, { animated: true }).metadata()

  it('is a WebP of at most 480 or 1600 pixels, and no larger than the image', async (t) => {
    const large = fileOf(
      t,
      await sharp({ create: { width: 3000, height: 1500, channels: 3, background: 'red' } })
        .jpeg()
        .toBuffer(),
    )
    expect(await metadataOf(await images.preview(large, 'small'))).toMatchObject({
      format: 'webp',
      width: 480,
      height: 240,
    })
    expect(await metadataOf(await images.preview(large, 'large'))).toMatchObject({
      format: 'webp',
      width: 1600,
      height: 800,
    })
    const little = fileOf(t, await picture().png().toBuffer())
    expect(await metadataOf(await images.preview(little, 'large'))).toMatchObject({ width, height })
  })

  it('is turned as its orientation says, and has no metadata', async (t) => {
    const path = fileOf(t, await withMetadata(picture(), 6).jpeg({ quality: 100 }).toBuffer())
    const preview = await images.preview(path, 'small')
    const { orientation, exif, xmp, ...size } = await metadataOf(preview)
    expect(size).toMatchObject({ width: height, height: width })
    expect([orientation, exif, xmp]).toEqual([undefined, undefined, undefined])
    const distance = async (angle: number) => differenceOf(preview, await picture().rotate(angle).png().toBuffer())
    expect(await distance(90)).toBeLessThan((await distance(270)) / 2)
  })

  it.for(['gif', 'webp'] as const)('of an animated %s stands still', async (format, t) => {
    const path = fileOf(
      t,
      await picture(3)
        [format]({ loop: 7, delay: [50, 60, 70] })
        .toBuffer(),
    )
    expect((await metadataOf(await images.preview(path, 'small'))).pages ?? 1).toBe(1)
  })

  it.for([
    ['a PNG of 1.6 billion pixels', flatPng(40_000, 40_000)],
    ['an SVG', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')],
    ['nothing', Buffer.alloc(0)],
  ] as [string, Buffer][])('of %s is refused', async ([, bytes], t) => {
    const preview = images.preview(fileOf(t, bytes), 'small')
    await expect(preview).rejects.toMatchObject({ name: 'ImageFault', reason: 'refused' })
  })
})
