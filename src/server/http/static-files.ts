import { constants } from 'node:fs'
import { type FileHandle, open, realpath } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { Readable } from 'node:stream'
import type { Context, Middleware } from 'koa'
import mime from 'mime'
import { type Part, parseRange, tagsIn } from './files/byte-range.ts'
import { destroyWith } from './files/while-connected.ts'

const prefix = '/static/'
/** Where Vite puts the files whose names change with their content. */
const hashedNames = 'dist/assets/'

interface StaticFile {
  /** Relative to the root, with slashes. For an encoded file, the name of its content. */
  name: string
  /** How it is compressed, when it is. */
  encoding?: Encoding
  handle: FileHandle
  size: number
  etag: string
  lastModified: string
}

/** The names of RFC 9110, 8.4.1, the smallest first, and what the build adds to the name of a file. */
const encodings = { br: '.br', gzip: '.gz' } as const
type Encoding = keyof typeof encodings

/**
 * Serves `/static/…` from the folder `root`, as RFC 9110 has it: conditional requests, one range at a time, GET and HEAD, and
 * what the build has compressed as the client takes it.
 * What is not a plain file under `root`, by the path asked for and by the path that it resolves to, does not exist (404).
 */
export function staticFiles(root: string): Middleware {
  return async function staticFiles(ctx, next) {
    // No path: Node lets a target like `http://?x` through.
    if (!ctx.path?.startsWith(prefix)) return next()
    if (ctx.method !== 'GET' && ctx.method !== 'HEAD') return refuseMethod(ctx)

    const plain = await openFile(root, ctx.path.slice(prefix.length))
    if (!plain) return ctx.throw(404)
    const file = await encoded(root, plain, ctx).catch(async (error) => {
      await plain.handle.close()
      throw error
    })
    try {
      answer(ctx, file)
    } finally {
      // A stream closes what it reads from.
      if (!(ctx.body instanceof Readable)) await file.handle.close()
    }
  }
}

function refuseMethod(ctx: Context): void {
  ctx.status = 405
  ctx.set('Allow', 'GET, HEAD')
  ctx.body = 'Static files can only be read.'
}

async function openFile(root: string, encodedName: string): Promise<StaticFile | undefined> {
  const name = decodeName(encodedName)
  if (name === undefined) return undefined
  try {
    const handle = await openInside(root, name)
    return handle && (await describe(handle, name))
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

/** Decoded once and looked at afterwards, so that there is no second spelling of a slash or a dot. */
function decodeName(encoded: string): string | undefined {
  try {
    const name = decodeURIComponent(encoded)
    return /[\0\\]/.test(name) || !isPublic(name.split('/')) ? undefined : name
  } catch {
    return undefined // malformed percent-encoding
  }
}

/** Refuses `.`, `..`, dotfiles, and the empty parts of an absolute path or of a folder's. */
function isPublic(parts: string[]): boolean {
  return parts.every((part) => part !== '' && !part.startsWith('.'))
}

/**
 * The file as the client would rather have it, if the build has made that. Only where the content is in the name: another
 * file may have changed since. A range is one of the plain file.
 */
async function encoded(root: string, plain: StaticFile, ctx: Context): Promise<StaticFile> {
  if (!plain.name.startsWith(hashedNames)) return plain
  ctx.vary('Accept-Encoding')
  if (ctx.get('Range')) return plain
  for (const encoding of preferred(ctx.get('Accept-Encoding'))) {
    const file = await openFile(root, encodeURIComponent(plain.name + encodings[encoding]))
    if (!file) continue
    await plain.handle.close()
    return { ...file, name: plain.name, encoding, etag: file.etag.replace(/"$/, `-${encoding}"`) }
  }
  return plain
}

/** Which encodings the client prefers to none, the best first (RFC 9110, 12.5.3). */
function preferred(accepted: string): Encoding[] {
  const qualities = new Map(accepted.split(',').map(qualityOf))
  const quality = (coding: string) => qualities.get(coding) ?? qualities.get('*') ?? 0
  const plain = qualities.get('identity') ?? 0
  return (Object.keys(encodings) as Encoding[])
    .filter((encoding) => quality(encoding) > 0 && quality(encoding) >= plain)
    .sort((one, other) => quality(other) - quality(one))
}

function qualityOf(item: string): [coding: string, quality: number] {
  const [coding = '', ...parameters] = item.split(';').map((word) => word.trim().toLowerCase())
  const q = parameters.find((parameter) => parameter.startsWith('q='))
  return [coding, q === undefined ? 1 : Number(q.slice(2)) || 0]
}

async function openInside(root: string, name: string): Promise<FileHandle | undefined> {
  const base = await realpath(root)
  const path = await realpath(join(base, name))
  if (!path.startsWith(base + sep) || !isPublic(relative(base, path).split(sep))) return undefined
  // The path is free of links now, and must be when it is opened. Without O_NONBLOCK a fifo would hold a thread forever.
  return open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
}

/** The properties of the open file, not of its path: whatever replaces that path now, size and content belong together. */
async function describe(handle: FileHandle, name: string): Promise<StaticFile | undefined> {
  try {
    const stats = await handle.stat({ bigint: true })
    const etag = `"${stats.size.toString(36)}-${stats.mtimeNs.toString(36)}"`
    if (stats.isFile()) return { name, handle, size: Number(stats.size), etag, lastModified: stats.mtime.toUTCString() }
  } catch (error) {
    await handle.close()
    throw error
  }
  await handle.close()
  return undefined
}

/** "Not allowed" and "not there" are one answer. */
function isMissing(error: unknown): boolean {
  const missing = ['ENOENT', 'ENOTDIR', 'ENAMETOOLONG', 'ELOOP', 'EACCES', 'EPERM', 'EISDIR', 'ENXIO']
  return error instanceof Error && 'code' in error && missing.includes(String(error.code))
}

function answer(ctx: Context, file: StaticFile): void {
  const part = isUnchanged(ctx, file) ? 'unchanged' : partAskedFor(ctx, file)
  if (part !== 'outside') setValidators(ctx, file)
  if (part === 'unchanged') ctx.status = 304
  else if (part === 'outside') refuseRange(ctx, file)
  else if (part === 'whole') send(ctx, file, 200, { start: 0, end: file.size })
  else send(ctx, file, 206, part)
}

function setValidators(ctx: Context, file: StaticFile): void {
  if (!file.encoding) ctx.set('Accept-Ranges', 'bytes')
  ctx.set('Cache-Control', cacheControl(file.name))
  ctx.set('ETag', file.etag)
  ctx.set('Last-Modified', file.lastModified)
}

/** If-None-Match, and only without it If-Modified-Since (RFC 9110, 13.2.2). */
function isUnchanged(ctx: Context, file: StaticFile): boolean {
  const known = ctx.get('If-None-Match')
  if (known) return known.trim() === '*' || tagsIn(known).includes(file.etag)
  return Date.parse(file.lastModified) <= Date.parse(ctx.get('If-Modified-Since'))
}

function partAskedFor(ctx: Context, file: StaticFile): Part | 'whole' | 'outside' {
  if (ctx.method !== 'GET' || file.encoding || !isRangeWanted(ctx.get('If-Range'), file)) return 'whole'
  return parseRange(ctx.get('Range'), file.size)
}

/** The rest of another version is of no use to anyone, so here a weak tag does not match, nor an earlier date. */
function isRangeWanted(ifRange: string, file: StaticFile): boolean {
  return ifRange === '' || ifRange === file.etag || ifRange === file.lastModified
}

function refuseRange(ctx: Context, file: StaticFile): void {
  ctx.status = 416
  ctx.set('Content-Range', `bytes */${file.size}`)
  ctx.body = `The file has ${file.size} bytes.`
}

function send(ctx: Context, file: StaticFile, status: 200 | 206, { start, end }: Part): void {
  ctx.status = status
  ctx.set('Content-Type', contentType(file.name))
  if (file.encoding) ctx.set('Content-Encoding', file.encoding)
  ctx.length = end - start
  if (status === 206) ctx.set('Content-Range', `bytes ${start}-${end - 1}/${file.size}`)
  if (ctx.method === 'HEAD') return
  ctx.body = start === end ? '' : stream(ctx, file, { start, end })
}

function stream(ctx: Context, file: StaticFile, { start, end }: Part): Readable {
  const content = file.handle.createReadStream({ start, end: end - 1 })
  // A file that was cut short since: without this the client would take the next response for the rest of this one.
  content.once('end', () => content.bytesRead < end - start && ctx.res.destroy())
  destroyWith(ctx.req.socket, content)
  return content
}

function contentType(name: string): string {
  const type = mime.getType(name) ?? 'application/octet-stream'
  return /^text\/|[/+](javascript|json|xml)$/.test(type) ? `${type}; charset=utf-8` : type
}

function cacheControl(name: string): string {
  return name.startsWith(hashedNames) ? 'public, max-age=31536000, immutable' : 'public, max-age=0, must-revalidate'
}
