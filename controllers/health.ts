import type { Controller } from '../src/server/http/context.ts'

export default {
  'GET /healthz'(ctx, { isReady }) {
    ctx.status = isReady() ? 200 : 503
    ctx.body = { status: isReady() ? 'ok' : 'going away' }
  },
} satisfies Controller
