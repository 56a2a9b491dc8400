/** A file of a user, as RFC 9110 has it. Browsers show what can do nothing, and offer to save all else. */
import type { Socket } from 'node:net'
import type { Readable } from 'node:stream'
import type { Context } from 'koa'
import type { FileInfo } from '../../../shared/protocol/types.ts'
import type { FileBytes } from '../../files/bytes/file-bytes.ts'
import { type Part, parseRange, tagsIn } from './byte-range.ts'
import { contentDisposition } from './content-disposition.ts'
import { destroyWith, whileConnected } from './while-connected.ts'

type ReadBytes = Pick<FileBytes, 'read'>

const inlineTypes = new Set([
  'image/jpeg',
  'image/png',
  'image/apng',
  'image/gif',
  'image/webp',
  'image/avif',
  'video/mp4',
  'video/x-m4v',
  'video/webm',
  'audio/mp4',
  'audio/x-m4a',
  'audio/mpeg',
  'audio/ogg',
  'audio/wav',
  'audio/aac',
  'audio/flac',
  'audio/webm',
  'text/plain',
])
/** A text with such a name is written to be run or drawn. */
const activeNames = /\.(x?html?|xht|mht(ml)?|shtml|svgz?|xml|xslt?|m?js|cjs|css|wasm|swf|hta|url|webmanifest)$/i
/** Recognised types that a browser could draw or run if it ignored the declared type. */
const activeTypes = /html|xml|svg|script|css|flash|multipart/

export const fileHeaders = {
  'Cache-Control': 'private, no-cache',
  'X-Content-Type-Options': 'nosniff',
  'Content-Security-Policy': "sandbox; default-src 'none'",
}

export interface Serving {
  bytes: ReadBytes
  /** Where nginx finds the bytes, if it sends them: see `X_ACCEL_REDIRECT`. */
  accelRedirect: string | undefined
  /** To be called with what is sent, unless it is little. */
  watch?: (socket: Socket, content: Readable) => void
}

/** @param hash that of its bytes */
export async function serveFile(ctx: Context, file: FileInfo, hash: string, serving: Serving): Promise<void> {
  const etag = `"${hash}"`
  const { type, disposition } = presentationOf(file)
  ctx.set({ ...fileHeaders, ETag: etag, 'Accept-Ranges': 'bytes' })
  if (isKnown(ctx.get('If-None-Match'), etag)) {
    ctx.status = 304
    return
  }
  ctx.set({ 'Content-Type': type, 'Content-Disposition': contentDisposition(disposition, file.name) })
  if (serving.accelRedirect !== undefined) return leaveTo(ctx, `${serving.accelRedirect}${hash.slice(0, 2)}/${hash}`)
  const isRangeWanted = ctx.method === 'GET' && ['', etag].includes(ctx.get('If-Range'))
  const part = isRangeWanted ? parseRange(ctx.get('Range'), file.bytes) : 'whole'
  if (part === 'outside') return refuseRange(ctx, file.bytes)
  const { start, end } = part === 'whole' ? { start: 0, end: file.bytes } : part
  ctx.status = part === 'whole' ? 200 : 206
  if (part !== 'whole') ctx.set('Content-Range', `bytes ${start}-${end - 1}/${file.bytes}`)
  if (ctx.method === 'HEAD') ctx.length = file.bytes
  else await send(ctx, serving, hash, { start, end })
}

/** Nginx answers with the file, and does what the request says of ranges. The tag is its own: it must know the one that comes back. */
function leaveTo(ctx: Context, path: string): void {
  const type = ctx.response.get('Content-Type')
  for (const name of ['ETag', 'Accept-Ranges']) ctx.remove(name)
  ctx.set('X-Accel-Redirect', path)
  ctx.status = 200
  ctx.body = ''
  // A body sets what it takes for its type.
  ctx.set('Content-Type', type)
}

async function send(ctx: Context, { bytes, watch }: Serving, hash: string, part: Part): Promise<void> {
  const length = part.end - part.start
  const type = ctx.response.get('Content-Type')
  if (length === 0) ctx.body = ''
  else {
    const { socket } = ctx.req
    const content = await whileConnected(socket, (signal) => bytes.read(hash, part, signal))
    destroyWith(socket, content)
    watch?.(socket, content)
    ctx.body = content
  }
  // A body sets what it takes for its type.
  ctx.set('Content-Type', type)
  ctx.length = length
}

export function isKnown(ifNoneMatch: string, etag: string): boolean {
  return ifNoneMatch.trim() === '*' || tagsIn(ifNoneMatch).includes(etag)
}

function refuseRange(ctx: Context, bytes: number): void {
  ctx.status = 416
  ctx.remove('Content-Disposition')
  ctx.set('Content-Range', `bytes */${bytes}`)
  ctx.type = 'text/plain'
  ctx.body = `The file has ${bytes} bytes.`
}

/** How a browser is to take a file. */
export function presentationOf({ type, name }: Pick<FileInfo, 'type' | 'name'>) {
  const isInline = inlineTypes.has(type) && !(type === 'text/plain' && activeNames.test(name))
  return {
    type:
      type === 'text/plain' ? 'text/plain; charset=utf-8' : activeTypes.test(type) ? 'application/octet-stream' : type,
    disposition: isInline ? 'inline' : 'attachment',
  } as const
}
