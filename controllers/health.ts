import type { Controller } from '../src/server/http/app-context.ts'

export default {
  async 'GET /healthz'(ctx, { health }) {
    const reason = await health.fault()
    ctx.status = reason ? 503 : 200
    const { degraded } = health
    if (reason === undefined && degraded !== undefined) ctx.body = { status: 'degraded', reason: degraded }
    else ctx.body = { status: reason ?? 'ok' }
  },
} satisfies Controller
