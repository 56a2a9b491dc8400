/** The protocol, for people and for programs. Everybody may read it: it is the same on every server. */
import type { Context } from 'koa'
import type { AppContext, Controller } from '../../src/server/http/app-context.ts'

export default {
  async 'GET /docs'(ctx, { pages: { apiDocs, render } }) {
    ctx.body = render(ctx, 'docs.njk', { docs: await apiDocs.get('page') })
  },
  'GET /docs/asyncapi.json': (ctx, app) => sendDocument(ctx, app, 'asyncapi'),
  'GET /docs/openapi.json': (ctx, app) => sendDocument(ctx, app, 'openapi'),
} satisfies Controller

async function sendDocument(
  ctx: Context,
  { pages: { apiDocs } }: AppContext,
  name: 'asyncapi' | 'openapi',
): Promise<void> {
  const { text, etag } = await apiDocs.get(name)
  ctx.type = 'application/json'
  ctx.set('ETag', etag)
  ctx.set('Cache-Control', 'public, max-age=0, must-revalidate')
  ctx.body = text
  if (ctx.fresh) ctx.status = 304
}
