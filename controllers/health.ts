import type { Controller } from '../src/server/http/app-context.ts'

export default {
  async 'GET /healthz'(ctx, { health }) {
    const reason = await health.fault()
    ctx.status = reason ? 503 : 200
    ctx.body = { status: reason ?? 'ok' }
  },
} satisfies Controller
