import type { Controller } from '../src/server/http/app-context.ts'

export default {
  async 'GET /healthz'(ctx, { health }) {
    const reason = await health.fault()
    ctx.status = reason ? 503 : 200
    const { degraded } = health
    if (reason !== undefined) ctx.body = { status: 'failing', reason }
    else ctx.body = degraded === undefined ? { status: 'ok' } : { status: 'degraded', reason: degraded }
  },
} satisfies Controller
