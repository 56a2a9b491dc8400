/** What an S3 store answers that is no success. */
import type { IncomingMessage } from 'node:http'

/** Enough for the code and the message of an error. */
const maxErrorBytes = 16 * 1024

/** What may be otherwise a moment later. */
const passing = new Set([408, 429, 500, 502, 503, 504])

/** The code of what is not there. */
export const noKey = 'NoSuchKey'

export class S3Fault extends Error {
  /** As in the XML of the answer, such as `NoSuchBucket`. */
  readonly code: string
  /** Its status. By that name it would be that of our answer, see `errors`. */
  readonly answered: number
  /** Whether the same request may succeed a moment later. */
  readonly isPassing: boolean

  constructor(status: number, code: string, message: string) {
    super(`${code}: ${message}`)
    this.name = 'S3Fault'
    this.answered = status
    this.code = code
    this.isPassing = passing.has(status) || code === 'RequestTimeout'
  }
}

/** Reads an answer to its end, or to what is of interest. */
export async function faultOf(answer: IncomingMessage): Promise<S3Fault> {
  const status = answer.statusCode ?? 0
  const text = await startOf(answer)
  return new S3Fault(status, elementIn(text, 'Code') ?? `status ${status}`, elementIn(text, 'Message') ?? 'no message')
}

async function startOf(answer: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  let bytes = 0
  for await (const part of answer as AsyncIterable<Buffer>) {
    parts.push(part)
    bytes += part.length
    if (bytes >= maxErrorBytes) break
  }
  return Buffer.concat(parts).toString()
}

/** The text of the first element of that name. */
export function elementIn(xml: string, name: string): string | undefined {
  const text = new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1]
  return text?.replace(/&(amp|lt|gt|quot|apos|#\d+|#x[\da-f]+);/gi, (_, entity: string) => characterOf(entity))
}

const named: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

function characterOf(entity: string): string {
  if (!entity.startsWith('#')) return named[entity.toLowerCase()] ?? ''
  return String.fromCodePoint(Number(entity.replace(/^#x/i, '0x').replace('#', '')) || 0xfffd)
}

/** In one line. An error for several addresses of a host has no message. */
export function reasonOf(error: unknown): string {
  const { message, code } = error as NodeJS.ErrnoException
  return (message || code || 'no reason').replaceAll(/\s+/g, ' ')
}
