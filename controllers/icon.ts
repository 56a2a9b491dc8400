import { hashOf } from '../src/server/auth/tokens.ts'
import type { Controller } from '../src/server/http/app-context.ts'
import { isIcon } from '../src/shared/appearance/server-icon.ts'

export default {
  /** The icon of the server. Its address says how it looks, so browsers may keep it. */
  'GET /icon/:state/:accent/:icon'(ctx, { pages: { render } }) {
    const { state, accent, icon } = ctx.params
    if (!isIcon(state, accent, icon)) ctx.throw(404)
    const svg = render(ctx, 'server-icon.njk', { state, accent, icon })
    ctx.set('Cache-Control', 'public, max-age=604800')
    ctx.etag = hashOf(svg).toString('base64url')
    ctx.type = 'image/svg+xml; charset=utf-8'
    ctx.body = svg
    if (ctx.fresh) ctx.status = 304
  },
} satisfies Controller
