import type { Controller } from '../src/server/http/app-context.ts'

export default {
  /** What the service worker keeps and shows when nothing can be reached. */
  'GET /offline'(ctx, { pages: { render } }) {
    ctx.body = render(ctx, 'offline.njk')
  },
} satisfies Controller
