/** The strippers alone: whatever they are given, they end with an image or with the one error that they define. */
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { type ImageType, imageTypeOf, typeBytes } from '../../../src/server/files/images/image-type.ts'
import { BrokenImage } from '../../../src/server/files/images/strip/broken-image.ts'
import { stripCutJpeg } from '../../../src/server/files/images/strip/jpeg.ts'
import { maxParts } from '../../../src/server/files/images/strip/kept-parts.ts'
import { exifOf, orientationIn } from '../../../src/server/files/images/strip/orientation.ts'
import { stripImage } from '../../../src/server/files/images/strip/strip.ts'
import { asHeic, heifOf, picture, pngChunk, secret, withGifExtensions, withMetadata } from './samples.ts'

const types = ['image/jpeg', 'image/png', 'image/gif', 'image/webp', 'image/avif', 'image/heic'] as const
const samples = new Map<ImageType, Buffer>()

beforeAll(async () => {
  const avif = await withMetadata(picture()).avif({ effort: 0 }).toBuffer()
  samples.set('image/jpeg', await withMetadata(picture(), 3).jpeg({ progressive: true }).toBuffer())
  samples.set('image/png', await withMetadata(picture(), 3).png().toBuffer())
  samples.set('image/gif', withGifExtensions(await picture(3).gif({ loop: 3 }).toBuffer()))
  samples.set('image/webp', await withMetadata(picture(3)).webp().toBuffer())
  samples.set('image/avif', avif)
  samples.set('image/heic', asHeic(avif))
})

const sampleOf = (type: ImageType) => samples.get(type) ?? Buffer.alloc(0)

/** @returns undefined for a broken one; any other error is thrown on */
function stripped(bytes: Buffer, type: ImageType): Buffer | undefined {
  try {
    return Buffer.concat(stripImage(bytes, type))
  } catch (error) {
    if (error instanceof BrokenImage) return undefined
    throw error
  }
}

describe('stripper', () => {
  it.for(types)('of %s gives the same again for what it has stripped', (type) => {
    const once = stripped(sampleOf(type), type)
    expect(imageTypeOf(sampleOf(type).subarray(0, typeBytes))).toBe(type)
    expect(sampleOf(type).includes(secret)).toBe(true)
    expect(once?.includes(secret)).toBe(false)
    expect(once && stripped(once, type)?.equals(once)).toBe(true)
  })

  it.for(types)('of %s refuses what is cut off, wherever it is', (type) => {
    const bytes = sampleOf(type)
    const whole = Buffer.concat(stripImage(bytes, type))
    for (let length = 0; length < bytes.length; length++) {
      const outcome = stripped(bytes.subarray(0, length), type)
      // A GIF may end with any of its frames.
      const isFewerFrames = type === 'image/gif' && outcome && whole.includes(outcome.subarray(0, -1))
      if (!isFewerFrames) expect(outcome, `${length} of ${bytes.length} bytes`).toBeUndefined()
    }
  })

  it('of image/jpeg removes the metadata of what is cut off in its pixels, and keeps all of those', () => {
    const bytes = sampleOf('image/jpeg')
    const whole = Buffer.concat(stripImage(bytes, 'image/jpeg'))
    const scan = bytes.indexOf(Buffer.from([0xff, 0xda]))
    for (let length = scan + 20; length < bytes.length; length++) {
      const outcome = Buffer.concat(stripCutJpeg(bytes.subarray(0, length)))
      expect(outcome.includes(secret), `${length} of ${bytes.length} bytes`).toBe(false)
      expect(whole.subarray(0, outcome.length).equals(outcome), `${length} of ${bytes.length} bytes`).toBe(true)
      // Of what stands between the scans a part is not kept.
      expect(whole.length - outcome.length).toBeLessThan(bytes.length - length + 500)
    }
    expect(bytes.length - scan).toBeGreaterThan(500)
  })

  it.for(types)('of %s drops whatever follows the image', (type) => {
    const bytes = sampleOf(type)
    const whole = stripped(bytes, type)
    const tail = fc
      .uint8Array({ minLength: 8, maxLength: 200 })
      .map((tail) => Buffer.concat([Buffer.from('PK\x03\x04PK\x03\x04'), tail]))
    fc.assert(fc.property(tail, (tail) => whole && stripped(Buffer.concat([bytes, tail]), type)?.equals(whole)))
  })

  it.for(types)('of %s ends with an image or with its own error when bytes are others', (type) => {
    const bytes = sampleOf(type)
    const changes = fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.constantFrom(0, 1, 0x7f, 0x80, 0xd9, 0xff)), {
      minLength: 1,
      maxLength: 8,
    })
    fc.assert(
      fc.property(changes, (changes) => {
        const changed = Buffer.from(bytes)
        for (const [at, byte] of changes) changed[at] = byte
        const outcome = stripped(changed, type)
        // Nothing is added but an end and an orientation.
        return (outcome?.length ?? 0) <= changed.length + 64
      }),
      { numRuns: 500 },
    )
  })

  it.for(types)('of %s ends with an image or with its own error for noise', (type) => {
    const head = fc.nat(sampleOf(type).length).map((length) => sampleOf(type).subarray(0, length))
    fc.assert(
      fc.property(head, fc.uint8Array({ maxLength: 400 }), (head, noise) => {
        stripped(Buffer.concat([head, noise]), type)
      }),
      { numRuns: 1_000 },
    )
  })

  it('refuses a PNG of very many parts', () => {
    const [start, end] = [sampleOf('image/png').subarray(0, 33), pngChunk('IEND', Buffer.alloc(0))]
    const pair = Buffer.concat([pngChunk('IDAT', Buffer.alloc(0)), pngChunk('tEXt', Buffer.alloc(0))])
    const of = (pairs: number) =>
      stripped(Buffer.concat([start, Buffer.alloc(pair.length * pairs, pair), end]), 'image/png')
    expect(of(10)).toBeDefined()
    expect(of(maxParts)).toBeUndefined()
  })

  it('says in the header of a WebP which metadata is left', async () => {
    const flagsOf = async (orientation: number) => {
      const bytes = await withMetadata(picture(), orientation).webp().toBuffer()
      return [bytes, stripped(bytes, 'image/webp')].map((webp) => (webp?.[20] ?? 0) & 0x0c)
    }
    expect(await flagsOf(1)).toEqual([0x0c, 0])
    expect(await flagsOf(6)).toEqual([0x0c, 0x08])
  })

  it('keeps the frames of an animated PNG', () => {
    const [start, rest] = [sampleOf('image/png').subarray(0, 33), sampleOf('image/png').subarray(33)]
    const frames = ['acTL', 'fcTL', 'fdAT'].map((type) => pngChunk(type, Buffer.from(type)))
    const cleaned = stripped(
      Buffer.concat([start, ...frames, pngChunk('teXt', Buffer.from(secret)), rest]),
      'image/png',
    )
    expect(cleaned?.subarray(33).indexOf(Buffer.concat(frames))).toBe(0)
    expect(cleaned?.includes(secret)).toBe(false)
  })

  it('ends a GIF where a block is not known, as browsers do', () => {
    const gif = sampleOf('image/gif')
    const cleaned = stripped(Buffer.concat([gif.subarray(0, -1), Buffer.from(`<script>${secret}`)]), 'image/gif')
    expect(cleaned?.equals(stripped(gif, 'image/gif') ?? gif)).toBe(true)
    expect(stripped(Buffer.concat([gif.subarray(0, 13), Buffer.from('<')]), 'image/gif')).toBeUndefined()
  })

  it('keeps the images of which a HEIC or AVIF is made, and no other', () => {
    const bytes = heifOf([
      { type: 'grid', data: 'GRID', reference: ['dimg', 2] },
      { type: 'av01', data: 'TILE' },
      { type: 'av01', data: 'THUMB', reference: ['thmb', 1] },
      { type: 'av01', data: 'ALPHA', reference: ['auxl', 1] },
      { type: 'Exif', data: secret, reference: ['cdsc', 1] },
      { type: 'av01', data: 'OTHER' },
    ])
    const cleaned = stripped(bytes, 'image/avif')
    expect(cleaned?.length).toBe(bytes.length)
    const zeros = (length: number) => '\0'.repeat(length)
    const data = `mdatGRIDTILE${zeros(5)}ALPHA${zeros(secret.length + 5)}`
    expect(cleaned?.toString('latin1').endsWith(data)).toBe(true)
    expect(cleaned?.includes(secret)).toBe(false)
  })

  it('refuses a HEIC or AVIF that names the same data again and again', () => {
    const named = (times: number) =>
      heifOf([
        { type: 'av01', data: 'TILE'.repeat(250) },
        ...Array.from({ length: times }, () => ({ type: 'av01', data: '', isShared: true })),
      ])
    expect(stripped(named(1), 'image/avif')).toHaveLength(named(1).length)
    expect(stripped(named(20), 'image/avif')).toBeUndefined()
  })
})

describe('orientation', () => {
  it('is read as it was written, with either order of bytes', () => {
    for (let orientation = 1; orientation <= 8; orientation++)
      expect(orientationIn(exifOf(orientation))).toBe(orientation)
    const little = Buffer.from('II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0', 'latin1')
    expect(orientationIn(little)).toBe(6)
    expect(orientationIn(Buffer.concat([Buffer.from('Exif\0\0'), little]))).toBe(6)
  })
  it('is that of the pixels when the data is broken', () => {
    for (const orientation of [0, 9, 65_535]) expect(orientationIn(exifOf(orientation))).toBe(1)
    for (let length = 0; length < 20; length++) expect(orientationIn(exifOf(6).subarray(0, length))).toBe(1)
    fc.assert(fc.property(fc.uint8Array(), (bytes) => orientationIn(Buffer.from(bytes)) === 1))
  })
})
