import { open, readFile, stat, writeFile } from 'node:fs/promises'
import type { Cleaned } from '../contract.ts'
import { type ImageType, imageTypeOf, typeBytes } from '../image-type.ts'
import { BrokenImage } from '../strip/broken-image.ts'
import { stripCutJpeg } from '../strip/jpeg.ts'
import { stripImage } from '../strip/strip.ts'

/** Writes the image without metadata to `into`, unless it is the same. */
export async function clean(path: string, into: string, maxBytes: number): Promise<Cleaned> {
  const plain = { type: undefined, isChanged: false }
  const type = await typeOf(path)
  if (!type || (await stat(path)).size > maxBytes) return plain
  const bytes = await readFile(path)
  const whole = strip(() => stripImage(bytes, type))
  // It is not shown as an image, but it could still say where it was taken.
  const cleaned = whole ?? (type === 'image/jpeg' ? strip(() => stripCutJpeg(bytes)) : undefined)
  if (!cleaned) return plain
  const isChanged = !cleaned.equals(bytes)
  if (isChanged) await writeFile(into, cleaned, { mode: 0o600 })
  return { type: whole && type, isChanged }
}

export async function typeOf(path: string): Promise<ImageType | undefined> {
  await using file = await open(path)
  const { buffer, bytesRead } = await file.read(Buffer.alloc(typeBytes), 0, typeBytes, 0)
  return imageTypeOf(buffer.subarray(0, bytesRead))
}

function strip(parts: () => Buffer[]): Buffer | undefined {
  try {
    return Buffer.concat(parts())
  } catch (error) {
    if (error instanceof BrokenImage) return undefined
    throw error
  }
}
