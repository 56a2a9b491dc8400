/** Files of messages, for those who can view their room at this moment. */
import type { Context } from 'koa'
import type { AppContext, Controller } from '../src/server/http/app-context.ts'
import { serveFile } from '../src/server/http/files/serve-file.ts'
import { askedPreview, servePreview } from '../src/server/http/files/serve-preview.ts'
import { keyOf } from '../src/server/rate-limit/user-key.ts'
import { isAdmin } from '../src/shared/rights.ts'

export default {
  async 'GET /files/:file/:name'(ctx, app) {
    // One answer for all that somebody may not see: that a file exists is told to nobody else.
    const { session, stored } = await fileAskedFor(ctx, app)
    if (stored?.hash === undefined) return ctx.throw(404)
    const { file, hash } = stored
    const preview = askedPreview(ctx)
    if (!preview) return await serveFile(ctx, file, hash, servingOf(app))
    if (file.width === undefined) return ctx.throw(404)
    await servePreview(ctx, { hash, bytes: file.bytes }, preview, {
      previews: app.files.previews,
      by: keyOf(session),
    })
  },
} satisfies Controller

function servingOf({ files, config }: AppContext) {
  return { bytes: files.bytes, accelRedirect: config.accelRedirect }
}

async function fileAskedFor(ctx: Context, { callers, ipBans, addressOf, store }: AppContext) {
  const session = await callers.find(ctx.req)
  if (!session || (ipBans.has(addressOf(ctx.req)) && !isAdmin(session.role))) return ctx.throw(404)
  const { file } = ctx.params
  // What cannot be an id costs no query.
  const isId = /^[0-9a-f]{32}$/.test(file)
  return { session, stored: isId ? await store.files.view(session, file, Date.now()) : undefined }
}
