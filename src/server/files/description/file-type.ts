/** Which type a file has, by its bytes alone: what its sender or its name claims may be a lie. */
import { isUtf8 } from 'node:buffer'
import { open } from 'node:fs/promises'
import { fileTypeFromFile } from 'file-type'
import { imageTypeOf, typeBytes } from '../images/image-type.ts'

export const unknownType = 'application/octet-stream'
export const textType = 'text/plain'

/** What a text is recognised by. */
const sampleBytes = 64 * 1024
/** A file that is made to take long is of no type. */
const patienceMs = 2_000

/** What is an image is told by fewer bytes, whatever else it may be: an image that counts as something else would keep its metadata. */
export async function recognizeType(path: string): Promise<string> {
  const image = imageTypeOf(await beginningOf(path, typeBytes))
  if (image) return image
  const known = await fileTypeFromFile(path, { signal: AbortSignal.timeout(patienceMs) }).catch(() => undefined)
  if (known) return withoutParameters(known.mime)
  return isText(await beginningOf(path, sampleBytes)) ? textType : unknownType
}

/** `audio/ogg; codecs=opus` is Ogg. */
function withoutParameters(type: string): string {
  return type.replace(/;.*$/s, '').trim().toLowerCase()
}

/** Whether it begins as UTF-8 without control characters. An empty file is a text, too. */
function isText(sample: Buffer): boolean {
  // The last character of the sample may be cut: it has at most four bytes.
  const isValid = [0, 1, 2, 3].some((cut) =>
    isUtf8(sample.subarray(0, sample.length - (sample.length < sampleBytes ? 0 : cut))),
  )
  return isValid && !sample.some((byte) => byte < 32 && !isSpace(byte))
}

/** The first bytes of a file, up to a limit. */
async function beginningOf(path: string, maxBytes: number): Promise<Buffer> {
  const handle = await open(path)
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(maxBytes), 0, maxBytes, 0)
    return buffer.subarray(0, bytesRead)
  } finally {
    await handle.close()
  }
}

/** Tab, line feed, form feed, carriage return, and the escape of coloured logs. */
function isSpace(byte: number): boolean {
  return byte === 9 || byte === 10 || byte === 12 || byte === 13 || byte === 27
}
