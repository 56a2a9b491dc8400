/** A preview of an image. */
import type { Context } from 'koa'
import type { PreviewSize } from '../../files/images/contract.ts'
import { ImageFault } from '../../files/images/image-fault.ts'
import { isPreviewSize, type Previews } from '../../files/previews.ts'
import { retryAfter } from '../retry-after.ts'
import { fileHeaders, isKnown } from './serve-file.ts'
import { destroyWith, whileConnected } from './while-connected.ts'

const retryAfterMs = 10_000

/** @returns undefined when the file itself is asked for */
export function askedPreview({ query: { preview } }: Context): PreviewSize | undefined {
  return isPreviewSize(preview) ? preview : undefined
}

/** @param by for whom: see `InTurn` */
export async function servePreview(
  ctx: Context,
  image: { hash: string; bytes: number },
  size: PreviewSize,
  { previews, by }: { previews: Pick<Previews, 'open'>; by: string },
): Promise<void> {
  const etag = `"${image.hash}-${size}"`
  ctx.set({ ...fileHeaders, ETag: etag })
  if (isKnown(ctx.get('If-None-Match'), etag)) {
    ctx.status = 304
    return
  }
  const opening = whileConnected(ctx.req.socket, (signal) => previews.open(image, size, by, signal))
  const preview = await opening.catch((error) => {
    if (!(error instanceof ImageFault)) throw error
    if (error.reason !== 'refused') ctx.set('Retry-After', retryAfter(retryAfterMs))
    return ctx.throw(error.reason === 'refused' ? 404 : 503)
  })
  const { size: bytes } = await preview.stat()
  if (ctx.method === 'HEAD') {
    await preview.close()
    ctx.status = 200
    ctx.type = 'image/webp'
    ctx.length = bytes
    return
  }
  // Not as one buffer: a client that does not read it would keep it in memory.
  const content = preview.createReadStream()
  destroyWith(ctx.req.socket, content)
  ctx.body = content
  // A body sets what it takes for these.
  ctx.type = 'image/webp'
  ctx.length = bytes
}
