/** The first lines of a text file. They are read as text, and nothing else is ever done with them. */
import { filePath } from '../../../shared/protocol/file-path.ts'
import type { FileInfo } from '../../../shared/protocol/types.ts'
import { codeLanguage } from '../../code-highlighting/code-languages.ts'

const maxBytes = 32 * 1024
export const maxLines = 40

/** Code language of a file by its ending; empty for other files. */
export function languageOf(name: string): string {
  const [, ending = ''] = /\.(\w{1,12})$/.exec(name) ?? []
  return codeLanguage(ending) ?? ''
}

export interface TextPreview {
  text: string
  /** Whether there is more of it. */
  isCut: boolean
}

/** @returns undefined when it is no text @throws when the file cannot be read */
export async function readPreview(file: FileInfo, read = fetch): Promise<TextPreview | undefined> {
  const answer = await read(filePath(file), { headers: { Range: `bytes=0-${maxBytes - 1}` } })
  if (!answer.ok || !answer.body) throw new Error(`The file was answered with ${answer.status}.`)
  const bytes = await firstBytes(answer.body)
  const encoding = bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : 'utf-8'
  // In a stream a character that was cut off at the end waits for its rest.
  const text = new TextDecoder(encoding).decode(bytes, { stream: true }).replaceAll('\r\n', '\n')
  if (text.includes('\0')) return undefined
  const lines = text.split('\n')
  return {
    text: lines.slice(0, maxLines).join('\n').trimEnd(),
    isCut: lines.length > maxLines || file.bytes > bytes.length,
  }
}

/** A server that does not know ranges sends all of it. */
async function firstBytes(body: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  const reader = body.getReader()
  const all = new Uint8Array(maxBytes)
  let length = 0
  while (length < maxBytes) {
    const { done, value } = await reader.read()
    if (done) break
    const part = value.subarray(0, maxBytes - length)
    all.set(part, length)
    length += part.length
  }
  await reader.cancel()
  return all.subarray(0, length)
}
